// SPDX-License-Identifier: Apache-2.0
#include "engine_methods.hpp"

#include "meta138/rpc/parameters.hpp"

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::rpc {

namespace {

// All but this one, which both sides must not list.
constexpr std::string_view exchange_capabilities_name = "engine_exchangeCapabilities";

std::string_view besu_name(Fork fork) {
    switch (fork) {
        case Fork::shanghai: return "SHANGHAI";
        case Fork::cancun: return "CANCUN";
        case Fork::prague: return "PRAGUE";
        case Fork::osaka: return "OSAKA";
        default: return "AMSTERDAM";
    }
}

// A fork that is scheduled implies all before it.
std::optional<std::uint64_t> start_of(const ForkSchedule& schedule, Fork fork) {
    std::optional<std::uint64_t> start;
    for (auto at = std::to_underlying(fork); at < fork_count; ++at) {
        const auto activation = schedule.activation(static_cast<Fork>(at));
        if (activation && (!start || *activation < *start)) start = activation;
    }
    return start;
}

RpcResult<void> exchange_capabilities(const std::vector<std::string>& names, Arguments arguments,
                                      json::Writer& out) {
    if (!arguments.values.at(0).is_array()) return fail(error::invalid_engine_capabilities_params);
    out.open_array();
    for (const auto& name : names) out.string(name);
    out.close_array();
    return {};
}

RpcResult<void> client_version(const Engine& engine, json::Writer& out) {
    out.open_array().open_object();
    out.key("code").string(engine.options.client_code);
    out.key("name").string(engine.options.client_name);
    out.key("version").string(engine.options.client_version);
    out.key("commit").string(engine.options.commit);
    out.close_object().close_array();
    return {};
}

RpcResult<void> exchange_transition_configuration(const Request& request, Arguments arguments,
                                                  json::Writer& out) {
    if (!arguments.values.at(0).is_object()) return fail(error::invalid_params);
    const auto& schedule = request.view->genesis().schedule;
    out.open_object();
    out.key("terminalTotalDifficulty")
        .quantity(schedule.terminal_total_difficulty.value_or(uint256{}));
    out.key("terminalBlockHash").hex(Hash32{}.bytes);
    out.key("terminalBlockNumber").quantity(std::uint64_t{0});
    out.close_object();
    return {};
}

}  // namespace

bool is_active(const blockchain::ChainView& view, Fork fork, std::uint64_t timestamp) {
    const auto start = start_of(view.genesis().schedule, fork);
    return start && timestamp >= *start;
}

RpcResult<void> require_fork(const blockchain::ChainView& view, std::uint64_t timestamp,
                             std::optional<Fork> first, std::optional<Fork> end) {
    const auto& schedule = view.genesis().schedule;
    if (first) {
        const auto start = start_of(schedule, *first);
        if (!start)
            return fail_with_data(
                error::unsupported_fork,
                fmt::format("Configuration error, no schedule for {} fork set", besu_name(*first)));
        if (timestamp < *start)
            return fail_with_data(
                error::unsupported_fork,
                fmt::format("{} configured to start at timestamp: {}", besu_name(*first), *start));
    }
    if (end) {
        const auto start = start_of(schedule, *end);
        if (start && timestamp >= *start)
            return fail_with_data(
                error::unsupported_fork,
                fmt::format("block timestamp {} is after the first unsupported milestone: {} at "
                            "timestamp {}",
                            timestamp, besu_name(*end), *start));
    }
    return {};
}

void write_payload_status(json::Writer& out, const PayloadStatus& status) {
    out.open_object();
    out.key("status").string(status.status);
    out.key("latestValidHash");
    if (status.latest_valid_hash)
        out.hex(status.latest_valid_hash->bytes);
    else
        out.null();
    out.key("validationError");
    if (status.validation_error)
        out.string(*status.validation_error);
    else
        out.null();
    out.close_object();
}

void add_client_methods(MethodTable& table, const SharedEngine& engine) {
    table.add("engine_getClientVersionV1", Group::engine, Cost::cheap,
              [engine](const Request&, Arguments, json::Writer& out) -> RpcResult<void> {
                  return client_version(*engine, out);
              });
    table.add("engine_exchangeTransitionConfigurationV1", Group::engine, Cost::cheap,
              exchange_transition_configuration);
}

void add_engine_methods(MethodTable& table, const EngineOptions& options) {
    const auto engine = std::make_shared<Engine>(Engine{options, {}});
    add_new_payload_methods(table, engine);
    add_forkchoice_methods(table, engine);
    add_get_payload_methods(table, engine);
    add_blob_methods(table);
    add_payload_body_methods(table);
    add_client_methods(table, engine);
    std::vector<std::string> names;
    for (const auto name : table.names())
        if (name.starts_with("engine_")) names.emplace_back(name);
    table.add(exchange_capabilities_name, Group::engine, Cost::cheap,
              [names = std::move(names)](const Request&, Arguments arguments, json::Writer& out)
                  -> RpcResult<void> { return exchange_capabilities(names, arguments, out); });
}

}  // namespace meta138::rpc
