// SPDX-License-Identifier: Apache-2.0
#include "find_block.hpp"

#include <type_traits>

namespace meta138::rpc {

namespace {

using Found = RpcResult<std::optional<std::uint64_t>>;

/// A mark of EIP-3675, which is 0 before anybody set it.
Found find_marked(const Request& request, std::uint64_t number) {
    if (request.settings.final_tags_are_latest && request.view->consensus().is_final())
        return request.view->head().header.number;
    if (number == 0) return fail(error::unknown_block);
    return number;
}

Found find_tag(const Request& request, BlockTag tag) {
    switch (tag) {
        case BlockTag::latest:
        case BlockTag::pending: return request.view->head().header.number;
        case BlockTag::earliest: return 0;
        case BlockTag::safe: return find_marked(request, request.view->safe());
        case BlockTag::finalized: return find_marked(request, request.view->finalized());
    }
    std::unreachable();
}

Found find_number(const Request& request, std::uint64_t number) {
    if (number > request.view->head().header.number) return std::nullopt;
    return number;
}

Found find_hash(const Request& request, const BlockParameter::ByHash& block) {
    const auto& blocks = request.view->blocks();
    if (const auto number = blocks.block_number(block.hash)) return *number;
    if (block.require_canonical && blocks.side_block(block.hash)) return fail(error::invalid_input);
    return std::nullopt;
}

}  // namespace

Found find_block(const Request& request, const BlockNumberParameter& block) {
    if (const auto* number = std::get_if<std::uint64_t>(&block.value))
        return find_number(request, *number);
    return find_tag(request, std::get<BlockTag>(block.value));
}

Found find_block(const Request& request, const BlockParameter& block) {
    if (const auto* number = std::get_if<std::uint64_t>(&block.value))
        return find_number(request, *number);
    if (const auto* tag = std::get_if<BlockTag>(&block.value)) return find_tag(request, *tag);
    return find_hash(request, std::get<BlockParameter::ByHash>(block.value));
}

RpcResult<std::unique_ptr<state::StateView>> find_state(const Request& request,
                                                        const BlockParameter& block) {
    TRY_LET(const auto number, find_block(request, block));
    if (!number) return nullptr;
    return request.view->blocks().state_at(*number);
}

RpcResult<void> require_body(const Request& request, std::uint64_t number) {
    if (number < request.view->blocks().oldest_block())
        return fail(error::pruned_history_unavailable);
    return {};
}

}  // namespace meta138::rpc
