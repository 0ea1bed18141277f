// SPDX-License-Identifier: Apache-2.0
#include "sources/aggregator_call.hpp"

#include "json_text.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/base/uint256.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace meta138::oracle {

namespace {

constexpr std::string_view latest_round_data = "0xfeaf968c";  // latestRoundData()
constexpr std::string_view decimals_selector = "0x313ce567";  // decimals()
constexpr std::uint64_t max_decimals = 36;
constexpr std::size_t max_error_size = 120;

std::string member_text(const JsonValue& value, std::string_view name) {
    return value.member(name).text().value_or("");
}

/// The words of a call's result.
std::expected<std::vector<uint256>, std::string> words_of(const JsonValue& response,
                                                          std::size_t count) {
    if (const auto error = response.member("error"); error.type() == JsonValue::Type::object)
        return std::unexpected{fmt::format(
            "the call failed: {}", member_text(error, "message").substr(0, max_error_size))};
    const auto bytes = decode_hex(member_text(response, "result"));
    if (!bytes) return std::unexpected{"no result where one was expected"};
    if (bytes->size() < 32 * count)
        return std::unexpected{"no AggregatorV3 answers at this address"};
    std::vector<uint256> words;
    words.reserve(count);
    for (std::size_t i = 0; i < count; ++i) words.push_back(load_be32(bytes->data() + 32 * i));
    return words;
}

std::expected<Observation, std::string> read_aggregator(const JsonValue& round,
                                                        const JsonValue& decimals,
                                                        const Instant& now) {
    TRY_LET(const auto data, words_of(round, 5));  // roundId, answer, startedAt, updatedAt, ...
    TRY_LET(const auto places, words_of(decimals, 1));
    if (places[0] > max_decimals) return std::unexpected{"more than 36 decimals"};
    const auto price = from_answer(data[1], static_cast<unsigned>(places[0].low64()));
    if (!price) return std::unexpected{"the answer is zero, negative or far too large"};
    constexpr std::uint64_t latest_time = std::uint64_t{1} << 40;
    if (data[3].is_zero()) return std::unexpected{"the round is not complete"};
    if (data[3] > latest_time) return std::unexpected{"updatedAt is no time"};
    return Observation{.price = *price,
                       .told = std::chrono::seconds{static_cast<std::int64_t>(data[3].low64())},
                       .received = now};
}

}  // namespace

std::string aggregator_calls(std::span<const Address> contracts) {
    std::string body = "[";
    std::size_t id = 0;
    for (const auto& contract : contracts)
        for (const auto selector : {latest_round_data, decimals_selector}) {
            body += fmt::format(R"({}{{"jsonrpc":"2.0","id":{},"method":"eth_call","params":)"
                                R"([{{"to":"{}","data":"{}"}},"latest"]}})",
                                id == 0 ? "" : ",", id, to_hex(contract.bytes), selector);
            ++id;
        }
    return body + ']';
}

std::vector<std::expected<Observation, std::string>> read_aggregators(std::string_view answer,
                                                                      std::size_t contracts,
                                                                      const Instant& now) {
    using Result = std::expected<Observation, std::string>;
    const auto document = JsonText::parse(answer);
    if (!document)
        return std::vector<Result>(contracts,
                                   std::unexpected{std::string{to_string(document.error())}});
    // A server may answer in any order.
    std::vector<JsonValue> responses(2 * contracts);
    for (const auto& response : document->root().elements()) {
        const auto text = member_text(response, "id");
        std::size_t id = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
        if (error == std::errc{} && end == text.data() + text.size() && id < responses.size())
            responses[id] = response;
    }
    std::vector<Result> results;
    results.reserve(contracts);
    for (std::size_t i = 0; i < contracts; ++i)
        results.push_back(read_aggregator(responses[2 * i], responses[2 * i + 1], now));
    return results;
}

}  // namespace meta138::oracle
