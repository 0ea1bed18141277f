// SPDX-License-Identifier: Apache-2.0
#include "block_json.hpp"
#include "debug_methods.hpp"
#include "find_block.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/execution/execute_block.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>

namespace meta138::rpc {

namespace {

/// What the chain said about a change of its head.
RpcResult<std::optional<Success>> done(const std::expected<void, blockchain::ImportError>& result) {
    if (!result) return fail(error::internal_error, to_string(result.error()));
    return Success{};
}

RpcResult<std::optional<Success>> set_head(const Request& request, BlockParameter where,
                                           std::optional<bool> /*move_world_state*/) {
    std::expected<void, blockchain::ImportError> moved;
    if (const auto* by_hash = std::get_if<BlockParameter::ByHash>(&where.value)) {
        const auto& blocks = request.view->blocks();
        if (!blocks.block_number(by_hash->hash) && !blocks.side_block(by_hash->hash))
            return std::nullopt;
        request.backend.run_on_chain_thread(
            [&](blockchain::Chain& chain) { moved = chain.set_head(by_hash->hash); });
        return done(moved);
    }
    TRY_LET(const auto number, find_block(request, where));
    if (!number) return std::nullopt;
    request.backend.run_on_chain_thread(
        [&](blockchain::Chain& chain) { moved = chain.rewind_to(*number); });
    return done(moved);
}

/// Takes the head back to the block's parent, and runs the block again.
RpcResult<std::optional<Success>> replay_block(const Request& request, BlockNumberParameter where) {
    TRY_LET(const auto number, find_block(request, where));
    if (!number || *number == 0) return fail(error::unknown_block);
    const auto block = request.view->blocks().block(*number);
    if (!block) return fail(error::unknown_block);
    std::expected<void, blockchain::ImportError> result;
    request.backend.run_on_chain_thread([&](blockchain::Chain& chain) {
        result = chain.rewind_to(*number - 1);
        if (!result) return;
        if (const auto imported = chain.import(*block); !imported)
            result = std::unexpected{imported.error()};
    });
    return done(result);
}

/// There is nothing to fetch again: the state is written with its block, or not at all.
RpcResult<bool> resync_world_state(const Request& /*request*/, Arguments /*none*/) {
    return false;
}

RpcResult<void> get_bad_blocks(const Request& request, Arguments /*none*/, json::Writer& out) {
    out.open_array();
    const auto blocks =
        request.backend.bad_blocks ? request.backend.bad_blocks() : std::vector<Block>{};
    for (const auto& block : blocks) {
        const auto hash = request.view->consensus().block_hash(block.header);
        const auto encoded = encode_block(block);
        const auto rules = request.view->rules_of(block.header);
        const auto senders = execution::recover_senders(block.transactions, rules.fork);
        out.open_object();
        out.key("block");
        write_block(
            out,
            {.header = block.header,
             .hash = hash,
             .total_difficulty = std::nullopt,
             .size = encoded.size(),
             .transactions = block.transactions,
             .senders = senders ? std::span<const Address>{*senders} : std::span<const Address>{},
             .ommers = block.ommers,
             .withdrawals = block.withdrawals},
            senders.has_value(), request.view->consensus());
        out.key("hash").hex(hash.bytes);
        out.key("rlp").hex(encoded);
        out.close_object();
    }
    out.close_array();
    return {};
}

// debug_metrics

/// A tree of names with numbers at its leaves.
struct MetricNode {
    std::map<std::string, MetricNode, std::less<>> members;
    std::string value;
};

void write(json::Writer& out, const MetricNode& node) {
    if (node.members.empty()) {
        out.raw(node.value);
        return;
    }
    out.open_object();
    for (const auto& [name, member] : node.members) write(out.key(name), member);
    out.close_object();
}

/// Whether JSON has such a number.
bool is_json_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789+-.eE") == std::string_view::npos;
}

/// Puts a line of Prometheus' text format, "besu_category_name{label=\"value\"} 1", in its place.
void add_sample(MetricNode& root, std::string_view line) {
    const auto space = line.rfind(' ');
    if (line.empty() || line.front() == '#' || space == std::string_view::npos) return;
    const auto number = line.substr(space + 1);
    auto name = line.substr(0, space);
    std::string_view labels;
    if (const auto brace = name.find('{'); brace != std::string_view::npos) {
        labels = name.substr(brace + 1, name.size() - brace - 2);
        name = name.substr(0, brace);
    }
    if (name.starts_with("besu_")) name.remove_prefix(5);
    const auto underscore = name.find('_');
    if (underscore == std::string_view::npos) return;
    auto* node = &root.members[std::string{name.substr(0, underscore)}];
    node = &node->members[std::string{name.substr(underscore + 1)}];
    while (!labels.empty()) {
        const auto open = labels.find('"');
        const auto close = open == std::string_view::npos ? open : labels.find('"', open + 1);
        if (close == std::string_view::npos) break;
        node = &node->members[std::string{labels.substr(open + 1, close - open - 1)}];
        labels.remove_prefix(std::min(close + 2, labels.size()));
    }
    node->value = is_json_number(number) ? std::string{number} : "null";
}

/// {category: {metric: {label: value}}}
RpcResult<void> metrics(const Request& request, Arguments /*none*/, json::Writer& out) {
    MetricNode root;
    const auto text =
        request.backend.metrics != nullptr ? request.backend.metrics->expose() : std::string{};
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        add_sample(root, std::string_view{text}.substr(at, end - at));
        at = end + 1;
    }
    if (root.members.empty())
        out.open_object().close_object();
    else
        write(out, root);
    return {};
}

}  // namespace

void add_debug_chain_methods(MethodTable& table) {
    const auto add = [&table](std::string_view name, auto function) {
        table.add(name, Group::debug, Cost::heavy, function);
    };
    add("debug_setHead", set_head);
    add("debug_replayBlock", replay_block);
    add("debug_resyncWorldState", resync_world_state);
    add("debug_getBadBlocks", get_bad_blocks);
    add("debug_metrics", metrics);
}

void add_debug_methods(MethodTable& table) {
    add_debug_trace_methods(table);
    add_debug_state_methods(table);
    add_debug_chain_methods(table);
}

}  // namespace meta138::rpc
