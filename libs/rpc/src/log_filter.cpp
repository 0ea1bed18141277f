// SPDX-License-Identifier: Apache-2.0
#include "log_filter.hpp"

#include <algorithm>

namespace meta138::rpc {

namespace {

RpcResult<std::vector<Address>> decode_addresses(json::Value value) {
    std::vector<Address> result;
    if (value.is_missing()) return result;
    const auto add = [&](json::Value element) {
        const auto address = address_of(element);
        if (!address || result.size() == max_filter_terms) return false;
        result.push_back(*address);
        return true;
    };
    if (!value.is_array()) {
        if (!add(value)) return fail(error::invalid_filter_params);
        return result;
    }
    for (const auto element : value.elements()) {
        if (!add(element)) return fail(error::invalid_filter_params);
    }
    return result;
}

RpcResult<LogFilter::Position> decode_position(json::Value value, std::size_t& terms) {
    LogFilter::Position position;
    const auto add = [&](json::Value element) {
        if (element.is_missing()) {
            position.matches_any = true;
            return true;
        }
        const auto topic = hash_of(element);
        if (!topic || ++terms > max_filter_terms) return false;
        position.alternatives.push_back(*topic);
        return true;
    };
    if (!value.is_array()) {
        if (!add(value)) return fail(error::invalid_filter_params);
        return position;
    }
    for (const auto element : value.elements()) {
        if (!add(element)) return fail(error::invalid_filter_params);
    }
    if (position.alternatives.empty()) position.matches_any = true;
    return position;
}

RpcResult<BlockNumberParameter> decode_end(json::Value value) {
    if (value.is_missing()) return BlockNumberParameter{};
    const auto block = block_number_of(value);
    if (!block) return fail(error::invalid_filter_params);
    return *block;
}

}  // namespace

bool LogFilter::matches(const Log& log) const {
    if (!addresses.empty() && std::ranges::find(addresses, log.address) == addresses.end())
        return false;
    if (log.topics.size() < topics.size()) return false;
    for (std::size_t i = 0; i < topics.size(); ++i) {
        const auto& wanted = topics[i];
        if (!wanted.matches_any &&
            std::ranges::find(wanted.alternatives, log.topics[i]) == wanted.alternatives.end())
            return false;
    }
    return true;
}

bool LogFilter::may_match(const Bloom& bloom) const {
    const auto may_have_any = [&](const auto& entries) {
        return entries.empty() || std::ranges::any_of(entries, [&](const auto& entry) {
                   return may_contain(bloom, entry.bytes);
               });
    };
    return may_have_any(addresses) && std::ranges::all_of(topics, [&](const Position& position) {
               return position.matches_any || may_have_any(position.alternatives);
           });
}

storage::LogQuery LogFilter::query(std::uint64_t from_block, std::uint64_t to_block) const {
    storage::LogQuery result{
        .from_block = from_block, .to_block = to_block, .addresses = addresses, .topics = {}};
    result.topics.reserve(topics.size());
    for (const auto& position : topics)
        result.topics.push_back(position.matches_any ? std::vector<Hash32>{}
                                                     : position.alternatives);
    return result;
}

RpcResult<LogFilter> decode_log_filter(json::Value value) {
    if (!value.is_object()) return fail(error::invalid_filter_params);
    LogFilter result;
    const auto from = value.find("fromBlock");
    const auto to = value.find("toBlock");
    auto hash = value.find("blockHash");
    if (hash.is_missing()) hash = value.find("blockhash");
    if (!hash.is_missing()) {
        if (!from.is_missing() || !to.is_missing()) return fail(error::invalid_filter_params);
        result.block_hash = hash_of(hash);
        if (!result.block_hash) return fail(error::invalid_filter_params);
    }
    TRY_LET(result.from, decode_end(from));
    TRY_LET(result.to, decode_end(to));
    TRY_LET(result.addresses, decode_addresses(value.find("address")));
    const auto topics = value.find("topics");
    if (!topics.is_missing() && !topics.is_array()) return fail(error::invalid_filter_params);
    std::size_t terms = 0;
    constexpr std::size_t max_topics = 4;
    for (const auto element : topics.elements()) {
        if (result.topics.size() == max_topics) return fail(error::invalid_filter_params);
        TRY_LET(auto position, decode_position(element, terms));
        result.topics.push_back(std::move(position));
    }
    return result;
}

}  // namespace meta138::rpc
