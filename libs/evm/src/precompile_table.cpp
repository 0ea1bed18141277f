// SPDX-License-Identifier: Apache-2.0
#include "precompile_table.hpp"

#include "meta138/base/uint256.hpp"
#include "meta138/crypto/blake2f.hpp"
#include "meta138/crypto/bn254.hpp"
#include "meta138/crypto/p256.hpp"
#include "meta138/crypto/ripemd160.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/crypto/sha256.hpp"

#include <array>
#include <bit>

namespace meta138::evm {
namespace {

/// A price that does not depend on the input.
template <std::int64_t gas>
std::int64_t flat(ByteView /*input*/, Fork /*fork*/) noexcept {
    return gas;
}

/// Yellow Paper, appendix E: a base price and one for each word of input.
template <std::int64_t base, std::int64_t word>
std::int64_t by_words(ByteView input, Fork /*fork*/) noexcept {
    return base + word * static_cast<std::int64_t>((input.size() + 31) / 32);
}

// Yellow Paper, appendix E.1: success with no output when no key can be recovered.
bool ecrecover(ByteView input, Fork /*fork*/, Bytes& output) {
    const PaddedInput in{input};
    const auto v = to_uint256(in.fixed<32>(32));
    if (v != uint256{27} && v != uint256{28}) return true;
    const auto signer = crypto::recover_address(in.fixed<32>(0), in.fixed<32>(64), in.fixed<32>(96),
                                                static_cast<std::uint8_t>(v.low64() - 27));
    if (!signer) return true;
    output.resize(12);
    append(output, signer->bytes);
    return true;
}

bool sha256_run(ByteView input, Fork /*fork*/, Bytes& output) {
    append(output, crypto::sha256(input).bytes);
    return true;
}

bool ripemd160_run(ByteView input, Fork /*fork*/, Bytes& output) {
    output.resize(12);
    append(output, crypto::ripemd160(input).bytes);
    return true;
}

bool identity(ByteView input, Fork /*fork*/, Bytes& output) {
    append(output, input);
    return true;
}

// EIP-196, with the prices of EIP-1108.
std::int64_t ecadd_price(ByteView /*input*/, Fork fork) noexcept {
    return fork >= Fork::istanbul ? 150 : 500;
}
bool ecadd(ByteView input, Fork /*fork*/, Bytes& output) {
    const auto sum = crypto::bn254_add(PaddedInput{input}.fixed<128>(0).bytes);
    if (sum) append(output, *sum);
    return sum.has_value();
}

std::int64_t ecmul_price(ByteView /*input*/, Fork fork) noexcept {
    return fork >= Fork::istanbul ? 6000 : 40000;
}
bool ecmul(ByteView input, Fork /*fork*/, Bytes& output) {
    const auto product = crypto::bn254_mul(PaddedInput{input}.fixed<96>(0).bytes);
    if (product) append(output, *product);
    return product.has_value();
}

void append_flag(Bytes& output, bool flag) {
    output.resize(32);
    output.back() = flag ? 1 : 0;
}

// EIP-197, with the prices of EIP-1108.
std::int64_t ecpairing_price(ByteView input, Fork fork) noexcept {
    const auto pairs = static_cast<std::int64_t>(input.size() / 192);
    return fork >= Fork::istanbul ? 45000 + 34000 * pairs : 100000 + 80000 * pairs;
}
bool ecpairing(ByteView input, Fork /*fork*/, Bytes& output) {
    const auto is_one = crypto::bn254_pairing_check(input);
    if (is_one) append_flag(output, *is_one);
    return is_one.has_value();
}

// EIP-152: rounds (4), h (64), m (128), t (16), final flag (1).
constexpr std::size_t blake2f_input_size = 213;

std::uint32_t blake2f_rounds(ByteView input) noexcept {
    std::uint32_t rounds = 0;
    std::memcpy(&rounds, input.data(), sizeof rounds);
    return std::byteswap(rounds);
}

std::int64_t blake2f_price(ByteView input, Fork /*fork*/) noexcept {
    return input.size() == blake2f_input_size ? blake2f_rounds(input) : 0;
}

bool blake2f_run(ByteView input, Fork /*fork*/, Bytes& output) {
    if (input.size() != blake2f_input_size || input.back() > 1) return false;
    std::array<std::uint64_t, 8> h{};
    std::array<std::uint64_t, 16> m{};
    std::array<std::uint64_t, 2> t{};
    std::memcpy(h.data(), input.data() + 4, sizeof h);
    std::memcpy(m.data(), input.data() + 68, sizeof m);
    std::memcpy(t.data(), input.data() + 196, sizeof t);
    crypto::blake2f(blake2f_rounds(input), h, m, t, input.back() == 1);
    output.resize(sizeof h);
    std::memcpy(output.data(), h.data(), sizeof h);
    return true;
}

// EIP-7951: success with no output when the signature does not verify.
bool p256verify(ByteView input, Fork /*fork*/, Bytes& output) {
    if (input.size() != 160) return true;
    const PaddedInput in{input};
    if (crypto::p256_verify(in.fixed<32>(0), in.fixed<32>(32), in.fixed<32>(64), in.fixed<32>(96),
                            in.fixed<32>(128)))
        append_flag(output, true);
    return true;
}

constexpr Precompile rows[] = {
    {0x01, Fork::frontier, Fork::frontier, "ECREC", flat<3000>, ecrecover},
    {0x02, Fork::frontier, Fork::frontier, "SHA256", by_words<60, 12>, sha256_run},
    {0x03, Fork::frontier, Fork::frontier, "RIPEMD160", by_words<600, 120>, ripemd160_run},
    {0x04, Fork::frontier, Fork::frontier, "ID", by_words<15, 3>, identity},
    {0x05, Fork::byzantium, Fork::osaka, "MODEXP", modexp_price, modexp_run},
    {0x06, Fork::byzantium, Fork::byzantium, "BN254_ADD", ecadd_price, ecadd},
    {0x07, Fork::byzantium, Fork::byzantium, "BN254_MUL", ecmul_price, ecmul},
    {0x08, Fork::byzantium, Fork::byzantium, "BN254_PAIRING", ecpairing_price, ecpairing},
    {0x09, Fork::istanbul, Fork::istanbul, "BLAKE2F", blake2f_price, blake2f_run},
    {0x0a, Fork::cancun, Fork::cancun, "KZG_POINT_EVALUATION", flat<50000>, point_evaluation_run},
    {0x0b, Fork::prague, Fork::prague, "BLS12_G1ADD", flat<375>, bls12_g1add_run},
    {0x0c, Fork::prague, Fork::prague, "BLS12_G1MSM", bls12_g1msm_price, bls12_g1msm_run},
    {0x0d, Fork::prague, Fork::prague, "BLS12_G2ADD", flat<600>, bls12_g2add_run},
    {0x0e, Fork::prague, Fork::prague, "BLS12_G2MSM", bls12_g2msm_price, bls12_g2msm_run},
    {0x0f, Fork::prague, Fork::prague, "BLS12_PAIRING_CHECK", bls12_pairing_price,
     bls12_pairing_run},
    {0x10, Fork::prague, Fork::prague, "BLS12_MAP_FP_TO_G1", flat<5500>, bls12_map_fp_run},
    {0x11, Fork::prague, Fork::prague, "BLS12_MAP_FP2_TO_G2", flat<23800>, bls12_map_fp2_run},
    {0x100, Fork::osaka, Fork::osaka, "P256VERIFY", flat<6900>, p256verify},
};

}  // namespace

std::span<const Precompile> precompile_table() noexcept {
    return rows;
}

}  // namespace meta138::evm
