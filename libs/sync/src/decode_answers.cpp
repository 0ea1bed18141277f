// SPDX-License-Identifier: Apache-2.0
#include "decode_answers.hpp"

#include "meta138/base/try.hpp"
#include "meta138/codec/rlp/reader.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/p2p/eth.hpp"
#include "meta138/types/account.hpp"

#include <algorithm>
#include <utility>

namespace meta138::sync {

namespace {

bool has_empty_body(const Header& header) {
    return header.transactions_root == EMPTY_TRIE_ROOT &&
           header.ommers_hash == crypto::empty_list_keccak256 &&
           header.withdrawals_root.value_or(EMPTY_TRIE_ROOT) == EMPTY_TRIE_ROOT;
}

/// A fault that says that the body is another block's. A block that is too large is not measured
/// against its header's roots, so it is nobody's.
bool is_of_other_block(const execution::InvalidBlock& fault) {
    using enum execution::BlockRule;
    return fault.rule == transactions_root || fault.rule == ommers_hash ||
           fault.rule == withdrawals || fault.rule == withdrawals_root || fault.rule == block_size;
}

DownloadedHeader downloaded(Header header, ByteView encoded,
                            const blockchain::Consensus& consensus) {
    DownloadedHeader result;
    result.hash = consensus.block_hash(header);
    result.raw_hash = crypto::keccak256(encoded);
    result.header = std::move(header);
    return result;
}

}  // namespace

std::expected<std::vector<SharedHeader>, rlp::DecodeError> decode_headers(
    ByteView payload, const blockchain::Consensus& consensus) {
    TRY_LET(const auto answer, p2p::eth::split_answer(payload));
    std::vector<SharedHeader> headers;
    headers.reserve(answer.items.size());
    for (const auto& item : answer.items) {
        TRY_LET(auto header, decode_header(item));
        auto result = downloaded(std::move(header), item, consensus);
        if (has_empty_body(result.header)) {
            Block block{.header = result.header,
                        .transactions = {},
                        .ommers = {},
                        .withdrawals = std::nullopt};
            if (result.header.withdrawals_root) block.withdrawals.emplace();
            result.empty_block.emplace(std::move(block), consensus);
        }
        headers.push_back(std::make_shared<const DownloadedHeader>(std::move(result)));
    }
    return headers;
}

std::expected<MatchedBodies, rlp::DecodeError> match_bodies(
    ByteView payload, std::span<const SharedHeader> headers,
    const blockchain::Consensus& consensus) {
    TRY_LET(const auto answer, p2p::eth::split_answer(payload));
    MatchedBodies matched;
    matched.blocks.resize(headers.size());
    std::size_t next = 0;
    for (const auto& item : answer.items) {
        TRY_LET(auto body, decode_block_body(item));
        bool is_matched = false;
        for (auto at = next; at < headers.size() && !is_matched; ++at) {
            const auto& header = *headers[at];
            // The counts are compared before anything is hashed.
            if (body.transactions.empty() != (header.header.transactions_root == EMPTY_TRIE_ROOT))
                continue;
            blockchain::PreparedBlock block{Block{.header = header.header,
                                                  .transactions = body.transactions,
                                                  .ommers = body.ommers,
                                                  .withdrawals = body.withdrawals},
                                            consensus};
            if (block.fault() && is_of_other_block(*block.fault())) continue;
            matched.blocks[at] = DownloadedBlock{
                .block = std::move(block), .raw_hash = header.raw_hash, .bytes = item.size()};
            next = at + 1;
            is_matched = true;
        }
        if (!is_matched) ++matched.unmatched;
        // What follows is not worth the work.
        if (matched.unmatched > 0) break;
    }
    return matched;
}

std::expected<DownloadedHeader, rlp::DecodeError> decode_new_block_header(
    ByteView payload, const blockchain::Consensus& consensus) {
    auto message = rlp::Reader::sequence(payload);
    const auto whole = message.raw_item();
    TRY(message.finish());
    auto outer = rlp::Reader::sequence(whole);
    ByteView encoded;
    {
        auto fields = outer.list();
        const auto block = fields.raw_item();
        (void)fields.raw_item();
        auto block_reader = rlp::Reader::sequence(block);
        {
            auto parts = block_reader.list();
            encoded = parts.raw_item();
            while (!parts.empty()) (void)parts.raw_item();
        }
        TRY(block_reader.finish());
    }
    TRY(outer.finish());
    TRY_LET(auto header, decode_header(encoded));
    return downloaded(std::move(header), encoded, consensus);
}

}  // namespace meta138::sync
