// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/modexp.hpp"

#include "modexp/montgomery.hpp"
#include "modexp/montgomery_ifma.hpp"

#include "meta138/base/assert.hpp"

#include <gmp.h>

#include <algorithm>
#include <bit>
#include <memory_resource>
#include <type_traits>

namespace meta138::crypto {
namespace {

using modexp_detail::Exponent;

static_assert(std::is_same_v<mp_limb_t, std::uint64_t> && GMP_NAIL_BITS == 0);

/// The least significant limb first. In an arena on the stack, as most numbers are short.
using LimbVector = std::pmr::vector<std::uint64_t>;

/// The longest modulus, in limbs, whose products are unrolled.
constexpr std::size_t max_unrolled_limbs = 8;

ByteView without_leading_zeros(ByteView number) noexcept {
    const auto first = std::ranges::find_if(number, [](std::uint8_t byte) { return byte != 0; });
    return {first, number.end()};
}

std::size_t bits_of(std::span<const std::uint64_t> limbs) noexcept {
    return 64 * (limbs.size() - 1) + static_cast<std::size_t>(std::bit_width(limbs.back()));
}

LimbVector to_limbs(ByteView number, std::pmr::memory_resource& arena) {
    LimbVector limbs((number.size() + 7) / 8, &arena);
    for (std::size_t i = 0; i < number.size(); ++i)
        limbs[i / 8] |= std::uint64_t{number[number.size() - 1 - i]} << i % 8 * 8;
    return limbs;
}

/// Right-aligned into `out`, whose front stays as it is.
void store(std::span<std::uint8_t> out, std::span<const std::uint64_t> limbs) noexcept {
    for (std::size_t i = 0; i < std::min(out.size(), 8 * limbs.size()); ++i)
        out[out.size() - 1 - i] = static_cast<std::uint8_t>(limbs[i / 8] >> i % 8 * 8);
}

/// base * 2^shift modulo the modulus, in as many limbs as that has.
LimbVector shifted_modulo(std::span<const std::uint64_t> base, std::size_t shift,
                          std::span<const std::uint64_t> modulus,
                          std::pmr::memory_resource& arena) {
    const std::size_t whole = shift / 64;
    LimbVector dividend(std::max(base.size() + whole + 1, modulus.size()), &arena);
    std::ranges::copy(base, dividend.begin() + static_cast<std::ptrdiff_t>(whole));
    if (const auto bits = static_cast<unsigned>(shift % 64); bits != 0)
        mpn_lshift(dividend.data() + whole, dividend.data() + whole,
                   static_cast<mp_size_t>(base.size() + 1), bits);
    LimbVector quotient(dividend.size() - modulus.size() + 1, &arena);
    LimbVector remainder(modulus.size(), &arena);
    mpn_tdiv_qr(quotient.data(), remainder.data(), 0, dividend.data(),
                static_cast<mp_size_t>(dividend.size()), modulus.data(),
                static_cast<mp_size_t>(modulus.size()));
    return remainder;
}

/// base ** exponent modulo an odd number of N limbs.
template <std::size_t N>
void power_unrolled(std::span<const std::uint64_t> base, const Exponent& exponent,
                    std::span<const std::uint64_t> modulus, std::span<std::uint64_t> out,
                    std::pmr::memory_resource& arena) {
    using Field = modexp_detail::MontgomeryField<N>;
    typename Field::Number number;
    std::ranges::copy(modulus, number.begin());
    const Field field{number};
    std::ranges::copy(shifted_modulo(base, 64 * N, modulus, arena), number.begin());
    std::ranges::copy(field.from_montgomery(power(field, number, exponent)), out.begin());
}

/// From limbs of `from_bits` to limbs of `to_bits`.
void regroup(std::span<const std::uint64_t> from, std::size_t from_bits,
             std::span<std::uint64_t> to, std::size_t to_bits) noexcept {
    std::ranges::fill(to, 0);
    for (std::size_t i = 0; i < from.size(); ++i) {
        const std::size_t at = i * from_bits / to_bits;
        const std::size_t shift = i * from_bits % to_bits;
        const auto mask = to_bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << to_bits) - 1;
        const auto wide = static_cast<uint128>(from[i]) << shift;
        for (std::size_t j = 0; j * to_bits < 128 && at + j < to.size(); ++j)
            to[at + j] |= static_cast<std::uint64_t>(wide >> j * to_bits) & mask;
    }
}

void power_in_vectors(std::span<const std::uint64_t> base, const Exponent& exponent,
                      std::span<const std::uint64_t> modulus, std::span<std::uint64_t> out,
                      std::pmr::memory_resource& arena) {
    constexpr std::size_t limb_bits = modexp_detail::ifma_limb_bits;
    const std::size_t limbs = modexp_detail::ifma_limbs_for(bits_of(modulus));
    LimbVector number(limbs, &arena);
    LimbVector short_modulus(limbs, &arena);
    regroup(shifted_modulo(base, limb_bits * limbs, modulus, arena), 64, number, limb_bits);
    regroup(modulus, 64, short_modulus, limb_bits);
    modexp_detail::power_ifma(number, exponent, short_modulus, number);
    regroup(number, limb_bits, out, 64);
}

/// base ** exponent modulo an odd number above 1, where we are faster than GMP; false elsewhere.
bool power_odd(std::span<const std::uint64_t> base, const Exponent& exponent,
               std::span<const std::uint64_t> modulus, std::span<std::uint64_t> out,
               std::pmr::memory_resource& arena) {
    switch (modulus.size()) {
        case 1: power_unrolled<1>(base, exponent, modulus, out, arena); return true;
        case 2: power_unrolled<2>(base, exponent, modulus, out, arena); return true;
        case 3: power_unrolled<3>(base, exponent, modulus, out, arena); return true;
        case 4: power_unrolled<4>(base, exponent, modulus, out, arena); return true;
        case 5: power_unrolled<5>(base, exponent, modulus, out, arena); return true;
        case 6: power_unrolled<6>(base, exponent, modulus, out, arena); return true;
        case 7: power_unrolled<7>(base, exponent, modulus, out, arena); return true;
        case 8: power_unrolled<8>(base, exponent, modulus, out, arena); return true;
        default: break;
    }
    static_assert(max_unrolled_limbs == 8);
    if (bits_of(modulus) > modexp_detail::max_ifma_bits || !modexp_detail::has_ifma()) return false;
    power_in_vectors(base, exponent, modulus, out, arena);
    return true;
}

/// A GMP integer that frees itself.
class Integer {
public:
    Integer() { mpz_init(value_); }
    explicit Integer(ByteView big_endian) : Integer{} {
        mpz_import(value_, big_endian.size(), 1, 1, 1, 0, big_endian.data());
    }
    explicit Integer(std::span<const std::uint64_t> limbs) : Integer{} {
        mpz_import(value_, limbs.size(), -1, 8, 0, 0, limbs.data());
    }
    Integer(const Integer&) = delete;
    Integer& operator=(const Integer&) = delete;
    ~Integer() { mpz_clear(value_); }

    mpz_ptr get() noexcept { return value_; }

    /// Right-aligned; `out` is zero before.
    void store(std::span<std::uint8_t> out) noexcept {
        if (mpz_sgn(value_) == 0) return;
        const std::size_t size = (mpz_sizeinbase(value_, 2) + 7) / 8;
        mpz_export(out.data() + (out.size() - size), nullptr, 1, 1, 1, 0, value_);
    }

private:
    mpz_t value_;
};

void power_with_gmp(ByteView base, ByteView exponent, ByteView modulus,
                    std::span<std::uint8_t> out) {
    Integer m{modulus};
    Integer b{base};
    Integer e{exponent};
    Integer power;
    mpz_powm(power.get(), b.get(), e.get(), m.get());
    power.store(out);
}

/// The number below odd * 2^twos that is `modulo_odd` modulo `odd` and base ** exponent modulo
/// 2^twos.
void combine(std::span<const std::uint64_t> modulo_odd, std::span<const std::uint64_t> odd,
             std::size_t twos, ByteView base, ByteView exponent, std::span<std::uint8_t> out) {
    Integer result{modulo_odd};
    Integer n{odd};
    Integer b{base};
    Integer e{exponent};
    Integer power_of_two;
    mpz_setbit(power_of_two.get(), twos);
    Integer other;
    mpz_powm(other.get(), b.get(), e.get(), power_of_two.get());
    // result + odd * ((other - result) / odd modulo 2^twos)
    Integer inverse;
    mpz_invert(inverse.get(), n.get(), power_of_two.get());
    mpz_sub(other.get(), other.get(), result.get());
    mpz_mul(other.get(), other.get(), inverse.get());
    mpz_fdiv_r_2exp(other.get(), other.get(), twos);
    mpz_addmul(result.get(), other.get(), n.get());
    result.store(out);
}

std::size_t trailing_zero_bits(std::span<const std::uint64_t> limbs) noexcept {
    std::size_t i = 0;
    while (limbs[i] == 0) ++i;
    return 64 * i + static_cast<std::size_t>(std::countr_zero(limbs[i]));
}

/// The modulus is above 1, the other numbers above 0; none has leading zeros. `out` is zero.
void power(ByteView base, ByteView exponent, ByteView modulus, std::span<std::uint8_t> out) {
    std::array<std::byte, 8192> stack;
    std::pmr::monotonic_buffer_resource arena{stack.data(), stack.size()};
    const LimbVector m = to_limbs(modulus, arena);
    const std::size_t twos = trailing_zero_bits(m);

    LimbVector odd(m.begin() + static_cast<std::ptrdiff_t>(twos / 64), m.end(), &arena);
    if (twos % 64 != 0)
        mpn_rshift(odd.data(), odd.data(), static_cast<mp_size_t>(odd.size()), twos % 64);
    if (odd.back() == 0) odd.pop_back();
    // Where there is little to win, GMP does it all: putting two results together takes
    // microseconds.
    const bool is_exponent_one = exponent.size() == 1 && exponent[0] == 1;
    const bool is_short_and_even = twos > 0 && odd.size() <= max_unrolled_limbs;

    LimbVector result(odd.size(), &arena);
    if (is_exponent_one || is_short_and_even ||
        !power_odd(to_limbs(base, arena), Exponent{exponent}, odd, result, arena))
        return power_with_gmp(base, exponent, modulus, out);
    if (twos == 0) return store(out, result);
    combine(result, odd, twos, base, exponent, out);
}

}  // namespace

void modexp(ByteView base, ByteView exponent, ByteView modulus, std::span<std::uint8_t> out) {
    META138_ASSERT(out.size() == modulus.size());
    std::ranges::fill(out, std::uint8_t{0});
    base = without_leading_zeros(base);
    exponent = without_leading_zeros(exponent);
    modulus = without_leading_zeros(modulus);
    if (modulus.empty() || (modulus.size() == 1 && modulus[0] == 1)) return;
    if (exponent.empty())
        out.back() = 1;
    else if (!base.empty())
        power(base, exponent, modulus, out);
}

}  // namespace meta138::crypto
