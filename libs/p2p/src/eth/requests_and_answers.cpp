// SPDX-License-Identifier: Apache-2.0
#include "eth/opaque_transaction.hpp"

#include "meta138/codec/rlp/reader.hpp"
#include "meta138/codec/rlp/writer.hpp"
#include "meta138/p2p/eth.hpp"

namespace meta138::p2p::eth {
namespace {

constexpr std::uint64_t first_version_without_bloom = 69;

/// [request id, [items]]
template <typename ReadItem>
auto decode_answer(ByteView payload, ReadItem&& read_item, std::size_t max_items)
    -> Decoded<AnswerOf<std::remove_cvref_t<std::invoke_result_t<ReadItem&, rlp::Reader&>>>> {
    auto in = rlp::Reader::list(payload);
    AnswerOf<std::remove_cvref_t<std::invoke_result_t<ReadItem&, rlp::Reader&>>> answer;
    answer.request_id = in.integer<std::uint64_t>();
    answer.items = in.items(read_item, max_items);
    return in.finish(std::move(answer));
}

std::variant<std::uint64_t, Hash32> read_start(rlp::Reader& in) {
    const auto encoded = in.raw_item();
    auto item = rlp::Reader::item(encoded);
    // A hash has its header and 32 bytes; a number at most nine.
    std::variant<std::uint64_t, Hash32> start;
    if (encoded.size() == 1 + Hash32::size())
        start = item.fixed<Hash32>();
    else
        start = item.integer<std::uint64_t>();
    if (!item.finish()) in.fail(rlp::DecodeErrorKind::invalid_value);
    return start;
}

bool read_bool(rlp::Reader& in) {
    const auto value = in.integer<std::uint8_t>();
    if (value > 1) in.fail(rlp::DecodeErrorKind::invalid_value);
    return value == 1;
}

std::vector<Receipt> read_block_receipts(rlp::Reader& in, std::uint64_t version) {
    return version >= first_version_without_bloom ? in.items(read_receipt_without_bloom)
                                                  : in.items(read_receipt);
}

}  // namespace

Decoded<GetBlockHeaders> decode_get_block_headers(ByteView payload) {
    auto in = rlp::Reader::list(payload);
    GetBlockHeaders request{.request_id = in.integer<std::uint64_t>()};
    {
        auto query = in.list();
        request.start = read_start(query);
        request.limit = query.integer<std::uint64_t>();
        request.skip = query.integer<std::uint64_t>();
        request.reverse = read_bool(query);
    }
    return in.finish(request);
}

Bytes encode_get_block_headers(const GetBlockHeaders& request) {
    rlp::Writer out;
    out.list([&] {
        out.integer(request.request_id);
        out.list([&] {
            if (const auto* hash = std::get_if<Hash32>(&request.start))
                out.fixed(*hash);
            else
                out.integer(std::get<std::uint64_t>(request.start));
            out.integer(request.limit).integer(request.skip);
            out.integer(std::uint64_t{request.reverse});
        });
    });
    return out.take();
}

Decoded<HashesRequest> decode_hashes_request(ByteView payload) {
    auto answer = decode_answer(payload, &rlp::Reader::fixed<Hash32>, max_requested_hashes);
    if (!answer) return std::unexpected{answer.error()};
    return HashesRequest{.request_id = answer->request_id, .hashes = std::move(answer->items)};
}

Bytes encode_hashes_request(std::uint64_t request_id, std::span<const Hash32> hashes) {
    rlp::Writer out;
    out.list(
        [&] {
            out.integer(request_id);
            out.items(
                hashes, [](rlp::Writer& to, const Hash32& hash) { to.fixed(hash); },
                hashes.size() * 33);
        },
        hashes.size() * 33 + 12);
    return out.take();
}

Decoded<std::uint64_t> peek_request_id(ByteView payload) {
    auto in = rlp::Reader::list(payload);
    const auto id = in.integer<std::uint64_t>();
    while (!in.empty()) in.raw_item();
    return in.finish(id);
}

Decoded<AnswerOf<ByteView>> split_answer(ByteView payload, std::size_t max_items) {
    return decode_answer(payload, &rlp::Reader::raw_item, max_items);
}

Decoded<AnswerOf<Header>> decode_block_headers(ByteView payload, std::size_t max_items) {
    return decode_answer(payload, read_header, max_items);
}

Decoded<AnswerOf<BlockBody>> decode_block_bodies(ByteView payload, std::size_t max_items) {
    return decode_answer(payload, read_block_body, max_items);
}

Decoded<AnswerOf<std::vector<Receipt>>> decode_receipts(ByteView payload, std::uint64_t version,
                                                        std::size_t max_items) {
    return decode_answer(
        payload, [version](rlp::Reader& in) { return read_block_receipts(in, version); },
        max_items);
}

Decoded<std::vector<Receipt>> decode_block_receipts(ByteView encoded, std::uint64_t version) {
    auto in = rlp::Reader::item(encoded);
    return in.finish(read_block_receipts(in, version));
}

Decoded<AnswerOf<PooledTransaction>> decode_pooled_transactions(ByteView payload,
                                                                std::size_t max_items) {
    return decode_answer(payload, read_pooled_transaction, max_items);
}

bool AnswerWriter::add(ByteView encoded_item) {
    items_.insert(items_.end(), encoded_item.begin(), encoded_item.end());
    ++count_;
    return items_.size() < soft_limit_;
}

bool AnswerWriter::add_transaction(ByteView opaque) {
    rlp::Writer item;
    write_opaque_transaction(item, opaque);
    return add(item.view());
}

Bytes AnswerWriter::finish() {
    const auto items = rlp::list_size(items_.size());
    rlp::Writer out;
    out.reserve(items + 20);
    out.list(
        [&] {
            out.integer(request_id_);
            out.list([&] { out.raw(items_); }, items_.size());
        },
        items + rlp::encoded_size(request_id_));
    items_ = {};
    count_ = 0;
    return out.take();
}

Bytes encode_block_receipts(std::span<const Receipt> receipts, std::uint64_t version) {
    rlp::Writer out;
    out.items(receipts,
              version >= first_version_without_bloom ? write_receipt_without_bloom : write_receipt);
    return out.take();
}

}  // namespace meta138::p2p::eth
