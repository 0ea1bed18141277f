// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/hex.hpp"
#include "meta138/contracts/abi.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace meta138::contracts::abi {
namespace {

// Errors of what operators and publishers call; all of their parameters are of one word, but
// strings.
constexpr auto known_errors = std::to_array<std::string_view>({
    "AccessControlUnauthorizedAccount(address,bytes32)",
    "AdminIsZero()",
    "AnswerOutOfBounds(int256,int256,int256)",
    "ERC1967InvalidImplementation(address)",
    "FeedPaused()",
    "FeedUnchanged(address,address,address)",
    "InvalidInitialization()",
    "InvalidSetting(string)",
    "NotAFeed(address)",
    "NotAdmin(address)",
    "NotGuardian(address)",
    "NotPendingAdmin(address)",
    "NotTransmitter(address)",
    "ObservationTooOld(uint256,uint256)",
    "OwnableUnauthorizedAccount(address)",
    "TimelockInsufficientDelay(uint256,uint256)",
    "TimelockUnexpectedOperationState(bytes32,bytes32)",
    "TransmitterUnchanged(address)",
    "UUPSUnauthorizedCallContext()",
    "UUPSUnsupportedProxiableUUID(bytes32)",
    "UnexpectedRound(uint256,uint256)",
    "UpdateNotNeeded(uint256)",
});
constexpr std::size_t longest_text = 1024;

std::string describe_parameter(std::string_view type, Results& from) {
    if (type == "address") return to_hex(from.address().bytes);
    if (type == "bytes32") return to_hex(from.fixed().bytes);
    if (type == "string") return '"' + from.text(longest_text) + '"';
    const uint256 value = from.integer();
    if (type.starts_with("int") && value.is_negative()) return '-' + to_string(uint256{} - value);
    return to_string(value);
}

std::optional<std::string> describe_as(std::string_view signature, ByteView parameters) {
    const std::size_t open = signature.find('(');
    std::string result{signature.substr(0, open + 1)};
    std::string_view types = signature.substr(open + 1, signature.size() - open - 2);
    Results from{parameters};
    while (!types.empty()) {
        const std::string_view type = types.substr(0, types.find(','));
        types.remove_prefix(std::min(types.size(), type.size() + 1));
        result += describe_parameter(type, from);
        if (!types.empty()) result += ", ";
    }
    if (!from.ok()) return std::nullopt;
    return result + ')';
}

}  // namespace

std::string describe_revert(ByteView data) {
    if (data.empty()) return {};
    if (data.size() < Selector::size()) return to_hex(data);
    const Selector function = Selector::from(data.first<Selector::size()>());
    const ByteView parameters = data.subspan(Selector::size());
    if (function == selector("Error(string)")) {
        Results from{parameters};
        std::string text = from.text(longest_text);
        if (from.ok()) return text;
    }
    if (function == selector("Panic(uint256)") && parameters.size() == 32)
        return fmt::format("Panic({:#x})", Results{parameters}.small_integer());
    for (const std::string_view signature : known_errors) {
        if (function != selector(signature)) continue;
        if (auto description = describe_as(signature, parameters)) return *description;
    }
    return to_hex(data.first(std::min(data.size(), longest_text)));
}

}  // namespace meta138::contracts::abi
