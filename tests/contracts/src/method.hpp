// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chain.hpp"

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/types/abi.hpp"

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::contracts {

/// Values as the ABI encoder takes them.
inline AbiValue abi(const uint256& value) {
    return {value};
}
inline AbiValue abi(const Address& value) {
    return {to_uint256(value)};
}
inline AbiValue abi(const Hash32& value) {
    return {Bytes{value.begin(), value.end()}};
}
inline AbiValue abi(std::string_view value) {
    return {to_bytes(as_bytes(value))};
}
inline AbiValue abi(const char* value) {
    return abi(std::string_view{value});
}
inline AbiValue abi(const std::string& value) {
    return abi(std::string_view{value});
}
inline AbiValue abi(const Bytes& value) {
    return {value};
}
inline AbiValue abi(std::vector<AbiValue> values) {
    return {std::move(values)};
}
inline AbiValue abi(bool value) {
    return {uint256{value ? 1U : 0U}};
}
/// Negative numbers in two's complement.
template <std::integral Integer>
    requires(!std::same_as<Integer, bool>)
AbiValue abi(Integer value) {
    if constexpr (std::is_signed_v<Integer>) {
        if (value < 0) return {-uint256{static_cast<std::uint64_t>(-value)}};
    }
    return {uint256{static_cast<std::uint64_t>(value)}};
}
inline AbiValue abi(AbiValue value) {
    return value;
}

/// The arguments of a constructor or initializer of those types: "(address,uint256)".
[[nodiscard]] Bytes encode_arguments(std::string_view types, const std::vector<AbiValue>& values);

/// A function of a contract, by its signature: makes call data.
class Method {
public:
    /// "transfer(address,uint256)"
    explicit Method(std::string_view signature);

    template <typename... Arguments>
    [[nodiscard]] Bytes operator()(const Arguments&... arguments) const {
        return encode({abi(arguments)...});
    }
    [[nodiscard]] Bytes encode(const std::vector<AbiValue>& arguments) const;
    [[nodiscard]] const FixedBytes<4>& selector() const noexcept { return selector_; }

private:
    FixedBytes<4> selector_;
    std::vector<AbiType> types_;
};

/// The values in an output of those types: "(string,uint256)". None if it is no such output.
[[nodiscard]] std::vector<AbiValue> decode_output(std::string_view types, ByteView output);
/// The one string of an output; empty if there is none.
[[nodiscard]] std::string decode_text(ByteView output);

/// Whether the call reverted with this custom error: "Paused()".
[[nodiscard]] bool reverted_with(const Outcome& outcome, std::string_view error);
/// The reason of `require(..., "reason")`, or the selector of another error as hex; for messages.
[[nodiscard]] std::string revert_reason(const Outcome& outcome);

/// The topic of an event: "Transfer(address,address,uint256)".
[[nodiscard]] Hash32 event_topic(std::string_view signature);

}  // namespace meta138::contracts
