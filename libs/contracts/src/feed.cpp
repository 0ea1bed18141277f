// SPDX-License-Identifier: Apache-2.0
#include "meta138/contracts/feed.hpp"

#include "meta138/contracts/abi.hpp"
#include "meta138/contracts/artifact.hpp"
#include "meta138/crypto/keccak.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace meta138::contracts {
namespace {

using abi::Arguments;
using abi::Results;

/// contracts/src/oracle/Denominations.sol, the currencies: ISO 4217.
constexpr auto currencies = std::to_array<std::pair<std::string_view, std::uint16_t>>({
    {"ARS", 32},
    {"AUD", 36},
    {"BRL", 986},
    {"CAD", 124},
    {"CHF", 756},
    {"CNY", 156},
    {"EUR", 978},
    {"GBP", 826},
    {"INR", 356},
    {"JPY", 392},
    {"KRW", 410},
    {"NGN", 566},
    {"NZD", 554},
    {"PHP", 608},
    {"RUB", 643},
    {"SGD", 702},
    {"USD", 840},
    {"ZAR", 710},
});

/// As much as the member that it goes into can hold.
template <typename Integer>
Integer narrow(Results& from) {
    return static_cast<Integer>(from.small_integer(std::numeric_limits<Integer>::max()));
}

}  // namespace

Bytes encode_initialize(const FeedParameters& feed) {
    return Arguments{}
        .text(feed.description)
        .integer(feed.decimals)
        .integer(feed.heartbeat)
        .integer(feed.deviation_bps)
        .integer(feed.max_observation_age)
        .boolean(feed.skips_needless)
        .integer(feed.min_answer)
        .integer(feed.max_answer)
        .integer(feed.history)
        .address(feed.admin)
        .address(feed.guardian)
        .addresses(feed.transmitters)
        .call(
            "initialize(string,uint8,(uint32,uint16,uint16,bool,int256,int256,uint32),address,"
            "address,address[])");
}

Bytes feed_creation_code(const Address& implementation, const FeedParameters& feed) {
    return Arguments{}
        .address(implementation)
        .bytes(encode_initialize(feed))
        .creation(artifact("FeedProxy").creation_code);
}

Bytes timelock_creation_code(std::uint64_t min_delay_seconds, std::span<const Address> proposers,
                             std::span<const Address> executors, const Address& admin) {
    return Arguments{}
        .integer(min_delay_seconds)
        .addresses(proposers)
        .addresses(executors)
        .address(admin)
        .creation(artifact("TimelockController").creation_code);
}

Bytes registry_creation_code(const Address& admin) {
    return Arguments{}.address(admin).creation(artifact("FeedRegistry").creation_code);
}

Bytes encode_transmit(std::uint64_t round, const uint256& answer, std::uint64_t observed_at) {
    static const abi::Selector function = abi::selector("transmit(uint80,int256,uint64)");
    return Arguments{}.integer(round).integer(answer).integer(observed_at).call(function);
}

Bytes encode_feed_state(const Address& transmitter) {
    return Arguments{}.address(transmitter).call("feedState(address)");
}

std::optional<FeedState> decode_feed_state(ByteView result) {
    Results from{result};
    const FeedState state{
        .round = from.small_integer(),  // braces fix the order of evaluation
        .answer = from.integer(),
        .started_at = from.small_integer(),
        .updated_at = from.small_integer(),
        .block_timestamp = from.small_integer(),
        .due_at = from.small_integer(),
        .heartbeat = narrow<std::uint32_t>(from),
        .deviation_bps = narrow<std::uint16_t>(from),
        .max_observation_age = narrow<std::uint16_t>(from),
        .min_answer = from.integer(),
        .max_answer = from.integer(),
        .decimals = narrow<std::uint8_t>(from),
        .skips_needless = from.boolean(),
        .is_paused = from.boolean(),
        .may_transmit = from.boolean(),
    };
    if (!from.ok()) return std::nullopt;
    return state;
}

Bytes encode_latest_round_data() {
    return Arguments{}.call("latestRoundData()");
}

Bytes encode_get_round_data(const uint256& round_id) {
    return Arguments{}.integer(round_id).call("getRoundData(uint80)");
}

Bytes encode_latest_round_data(const Address& base, const Address& quote) {
    return Arguments{}.address(base).address(quote).call("latestRoundData(address,address)");
}

std::optional<RoundData> decode_round_data(ByteView result) {
    Results from{result};
    const RoundData data{
        .round_id = from.integer(),
        .answer = from.integer(),
        .started_at = from.small_integer(),
        .updated_at = from.small_integer(),
        .answered_in_round = from.integer(),
    };
    if (!from.ok()) return std::nullopt;
    return data;
}

Address asset_id(std::string_view symbol) {
    using namespace literals;
    if (symbol == "ETH") return "0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"_address;
    if (symbol == "BTC") return "0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"_address;
    const auto found =
        std::ranges::find(currencies, symbol, &decltype(currencies)::value_type::first);
    if (found != currencies.end()) return to_address(uint256{found->second});
    return to_address(to_uint256(crypto::keccak256(as_bytes(symbol))));
}

Hash32 answer_updated_topic() {
    return crypto::keccak256(as_bytes("AnswerUpdated(int256,uint256,uint256)"));
}

Hash32 new_round_topic() {
    return crypto::keccak256(as_bytes("NewRound(uint256,address,uint256)"));
}

Hash32 update_skipped_topic() {
    return crypto::keccak256(as_bytes("UpdateSkipped(uint256,uint8)"));
}

}  // namespace meta138::contracts
