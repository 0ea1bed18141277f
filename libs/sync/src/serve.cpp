// SPDX-License-Identifier: Apache-2.0
#include "serve.hpp"

#include "meta138/types/pooled_transaction.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace meta138::sync {

namespace {

namespace eth = p2p::eth;

/// So many lookups that find nothing end an answer: a request of unknown hashes shall not cost more
/// than one of known ones.
constexpr std::size_t max_misses = 256;

std::optional<std::uint64_t> first_number(const blockchain::ChainView& view,
                                          const eth::GetBlockHeaders& request) {
    if (const auto* number = std::get_if<std::uint64_t>(&request.start)) return *number;
    return view.blocks().block_number(std::get<Hash32>(request.start));
}

/// The number `step` further in the request's direction; none beyond either end.
std::optional<std::uint64_t> next_number(std::uint64_t number, const eth::GetBlockHeaders& request,
                                         std::uint64_t head) {
    if (request.skip == UINT64_MAX) return std::nullopt;
    const auto step = request.skip + 1;
    if (request.reverse) return step > number ? std::nullopt : std::optional{number - step};
    return head < number || step > head - number ? std::nullopt : std::optional{number + step};
}

/// Looks up hashes until `add` says that the answer is full.
template <typename Add>
void for_each_block(const blockchain::ChainView& view, const eth::HashesRequest& request,
                    std::size_t limit, Add&& add) {
    std::size_t found = 0;
    std::size_t misses = 0;
    for (const auto& hash : request.hashes) {
        if (found == limit || misses == max_misses) return;
        const auto number = view.blocks().block_number(hash);
        if (!number) {
            ++misses;
            continue;
        }
        ++found;
        if (!add(*number)) return;
    }
}

}  // namespace

Bytes serve_headers(const blockchain::ChainView& view, const eth::GetBlockHeaders& request) {
    eth::AnswerWriter answer{request.request_id};
    const auto head = view.head().header.number;
    const auto limit = std::min<std::uint64_t>(request.limit, eth::max_served_headers);
    auto number = first_number(view, request);
    while (number && *number <= head && answer.count() < limit) {
        const auto stored = view.blocks().header(*number);
        if (!stored || !answer.add(encode_header(stored->header))) break;
        number = next_number(*number, request, head);
    }
    return answer.finish();
}

Bytes serve_bodies(const blockchain::ChainView& view, const eth::HashesRequest& request) {
    eth::AnswerWriter answer{request.request_id};
    for_each_block(view, request, eth::max_served_bodies, [&](std::uint64_t number) {
        auto block = view.blocks().block(number);
        if (!block) return true;
        const BlockBody body{.transactions = std::move(block->transactions),
                             .ommers = std::move(block->ommers),
                             .withdrawals = std::move(block->withdrawals)};
        return answer.add(encode_block_body(body));
    });
    return answer.finish();
}

Bytes serve_receipts(const blockchain::ChainView& view, const eth::HashesRequest& request,
                     std::uint64_t version) {
    eth::AnswerWriter answer{request.request_id};
    for_each_block(view, request, eth::max_served_receipts, [&](std::uint64_t number) {
        auto stored = view.blocks().receipts(number);
        if (!stored) return true;
        std::vector<Receipt> receipts;
        receipts.reserve(stored->size());
        for (auto& each : *stored) receipts.push_back(std::move(each.receipt));
        return answer.add(eth::encode_block_receipts(receipts, version));
    });
    return answer.finish();
}

Bytes serve_pooled_transactions(const txpool::SharedPool& pool, const eth::HashesRequest& request) {
    eth::AnswerWriter answer{request.request_id};
    for (const auto& hash : request.hashes) {
        if (answer.count() == eth::max_served_transactions) break;
        const auto found = pool.find(hash);
        if (!found) continue;
        const auto opaque = found->sidecar
                                ? encode_pooled_transaction({found->transaction, found->sidecar})
                                : encode_transaction(found->transaction);
        if (!answer.add_transaction(opaque)) break;
    }
    return answer.finish();
}

}  // namespace meta138::sync
