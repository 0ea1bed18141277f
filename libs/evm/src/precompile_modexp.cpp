// SPDX-License-Identifier: Apache-2.0
#include "precompile_table.hpp"

#include "meta138/base/uint256.hpp"
#include "meta138/crypto/modexp.hpp"

#include <limits>

namespace meta138::evm {
namespace {

__extension__ using uint128 = unsigned __int128;

constexpr std::size_t header_size = 96;
constexpr std::uint64_t MAX_INPUT_LENGTH = 1024;  // EIP-7823

// Longer operands cannot be paid for: 2^32 bytes of base or modulus cost 2^56 gas and more, and
// 2^59 bytes of exponent nearly as much. Beneath these bounds prices fit 128 bits.
constexpr std::uint64_t longest_base_or_modulus = std::uint64_t{1} << 32;
constexpr std::uint64_t longest_exponent = std::uint64_t{1} << 59;

/// The three lengths in front of the input, capped at the bounds above.
struct Lengths {
    std::uint64_t base;
    std::uint64_t exponent;
    std::uint64_t modulus;
};

Lengths read_lengths(ByteView input) noexcept {
    const PaddedInput in{input};
    const auto length = [&in](std::size_t offset, std::uint64_t longest) {
        return std::min(to_uint256(in.fixed<32>(offset)), uint256{longest}).low64();
    };
    return {length(0, longest_base_or_modulus), length(32, longest_exponent),
            length(64, longest_base_or_modulus)};
}

/// EIP-198: the first 32 bytes of the exponent, or all of it if it is shorter.
uint256 exponent_head(ByteView input, const Lengths& lengths) noexcept {
    std::uint8_t head[32] = {};
    const auto size = std::min<std::uint64_t>(lengths.exponent, 32);
    PaddedInput{input}.copy(header_size + lengths.base, {head + 32 - size, size});
    return load_be32(head);
}

/// The adjusted exponent length of EIP-198, with the factor of the fork for what is past 32 bytes.
uint128 iteration_count(ByteView input, const Lengths& lengths, unsigned factor) noexcept {
    const auto head_bits = exponent_head(input, lengths).bit_length();
    const uint128 head = head_bits == 0 ? 0 : head_bits - 1;
    return lengths.exponent <= 32 ? head : uint128{factor} * (lengths.exponent - 32) + head;
}

/// EIP-198, before EIP-2565.
uint128 complexity_byzantium(uint128 x) noexcept {
    if (x <= 64) return x * x;
    if (x <= 1024) return x * x / 4 + 96 * x - 3072;
    return x * x / 16 + 480 * x - 199680;
}

uint128 price(ByteView input, const Lengths& lengths, Fork fork) noexcept {
    const uint128 longest = std::max(lengths.base, lengths.modulus);
    const uint128 words = (longest + 7) / 8;
    if (fork >= Fork::osaka) {  // EIP-7883
        const uint128 complexity = longest <= 32 ? 16 : 2 * words * words;
        const auto iterations = std::max<uint128>(iteration_count(input, lengths, 16), 1);
        return std::max<uint128>(500, complexity * iterations);
    }
    const auto iterations = std::max<uint128>(iteration_count(input, lengths, 8), 1);
    if (fork >= Fork::berlin)  // EIP-2565
        return std::max<uint128>(200, words * words * iterations / 3);
    return complexity_byzantium(longest) * iterations / 20;
}

}  // namespace

std::int64_t modexp_price(ByteView input, Fork fork) noexcept {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    const auto lengths = read_lengths(input);
    const auto total = price(input, lengths, fork);
    return total > static_cast<uint128>(most) ? most : static_cast<std::int64_t>(total);
}

bool modexp_run(ByteView input, Fork fork, Bytes& output) {
    const auto [base, exponent, modulus] = read_lengths(input);
    if (fork >= Fork::osaka && std::max({base, exponent, modulus}) > MAX_INPUT_LENGTH) return false;
    // In Byzantium this is free of charge, however long the exponent claims to be.
    if (modulus == 0) return true;

    Bytes operands(base + exponent + modulus);
    PaddedInput{input}.copy(header_size, operands);
    const ByteView view{operands};
    output.resize(modulus);
    crypto::modexp(view.subspan(0, base), view.subspan(base, exponent),
                   view.subspan(base + exponent, modulus), output);
    return true;
}

}  // namespace meta138::evm
