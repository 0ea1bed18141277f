// SPDX-License-Identifier: Apache-2.0
#include "revert_reason.hpp"

#include "meta138/base/uint256.hpp"

#include <array>
#include <optional>
#include <string_view>

namespace meta138::tracing {

namespace {

// The first four bytes of keccak256 of the signatures.
constexpr std::array<std::uint8_t, 4> error_selector{0x08, 0xc3, 0x79, 0xa0};
constexpr std::array<std::uint8_t, 4> panic_selector{0x4e, 0x48, 0x7b, 0x71};

std::optional<uint256> word_at(ByteView arguments, std::uint64_t offset) {
    if (arguments.size() < 32 || offset > arguments.size() - 32) return std::nullopt;
    return load_be32(arguments.data() + offset);
}

/// A string as the only argument: where it is, how long it is, its bytes.
std::string decode_error(ByteView arguments) {
    const auto offset = word_at(arguments, 0);
    if (!offset || !offset->fits_uint64()) return {};
    const auto size = word_at(arguments, offset->low64());
    if (!size || !size->fits_uint64()) return {};
    const auto text = arguments.subspan(offset->low64() + 32);
    if (size->low64() > text.size()) return {};
    return {text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size->low64())};
}

/// Solidity, "Panic via assert and Error via require".
std::string decode_panic(ByteView arguments) {
    const auto code = word_at(arguments, 0);
    if (!code) return {};
    switch (code->fits_uint64() ? code->low64() : ~std::uint64_t{0}) {
        case 0x00: return "generic panic";
        case 0x01: return "assert(false)";
        case 0x11: return "arithmetic underflow or overflow";
        case 0x12: return "division or modulo by zero";
        case 0x21: return "enum overflow";
        case 0x22: return "invalid encoded storage byte array accessed";
        case 0x31: return "out-of-bounds array access; popping on an empty array";
        case 0x32: return "out-of-bounds access of an array or bytesN";
        case 0x41: return "out of memory";
        case 0x51: return "uninitialized function";
        default: return "unknown panic code: " + to_quantity(*code);
    }
}

}  // namespace

std::string revert_reason(ByteView output) {
    if (output.size() < 4) return {};
    const auto selector = output.first(4);
    if (equal(selector, error_selector)) return decode_error(output.subspan(4));
    if (equal(selector, panic_selector)) return decode_panic(output.subspan(4));
    return {};
}

}  // namespace meta138::tracing
