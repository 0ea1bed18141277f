// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

/// The inverse modulo an odd number by division steps (Bernstein, Yang, "Fast constant-time gcd
/// computation and modular inversion", 2019), in the variable-time form: 62 steps at a time on the
/// low words give a 2x2 matrix, which is then applied to the long numbers.
namespace meta138::crypto::divsteps {

__extension__ using int128 = __int128;

inline constexpr int batch = 62;
inline constexpr std::uint64_t limb_mask = ~std::uint64_t{0} >> 2;

/// A signed number: limbs of 62 bits, of which the highest carries the sign.
template <std::size_t L>
using Signed62 = std::array<std::int64_t, L>;

/// How many limbs hold N 64-bit limbs, a sign and a factor of two.
template <std::size_t N>
inline constexpr std::size_t length_for = (64 * N + 2) / 62 + 1;

template <std::size_t N>
constexpr Signed62<length_for<N>> to_signed62(const std::array<std::uint64_t, N>& value) {
    Signed62<length_for<N>> result{};
    for (std::size_t i = 0; i < result.size(); ++i) {
        const std::size_t word = i * 62 / 64;
        const std::size_t shift = i * 62 % 64;
        std::uint64_t limb = word < N ? value[word] >> shift : 0;
        if (shift > 2 && word + 1 < N) limb |= value[word + 1] << (64 - shift);
        result[i] = static_cast<std::int64_t>(limb & limb_mask);
    }
    return result;
}

template <std::size_t N>
constexpr std::array<std::uint64_t, N> from_signed62(const Signed62<length_for<N>>& value) {
    std::array<std::uint64_t, N> result{};
    for (std::size_t i = 0; i < value.size(); ++i) {
        const std::size_t word = i * 62 / 64;
        const std::size_t shift = i * 62 % 64;
        const auto limb = static_cast<std::uint64_t>(value[i]);
        if (word < N) result[word] |= limb << shift;
        if (shift > 2 && word + 1 < N) result[word + 1] |= limb >> (64 - shift);
    }
    return result;
}

/// 2^62 (f', g') = (u f + v g, q f + r g)
struct Transition {
    std::int64_t u, v, q, r;
};

/// 62 division steps on the low words of f (odd) and g; `eta` is the paper's -delta.
constexpr Transition step_batch(std::int64_t& eta, std::uint64_t f, std::uint64_t g) {
    std::uint64_t u = 1;
    std::uint64_t v = 0;
    std::uint64_t q = 0;
    std::uint64_t r = 1;
    int remaining = batch;
    while (true) {
        const int zeros = std::countr_zero(g | ~std::uint64_t{0} << remaining);
        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        eta -= zeros;
        remaining -= zeros;
        if (remaining == 0) break;
        // (f, g) becomes (g, g - f) if eta is negative, else (f, g + f): without branches, which
        // could not be predicted. Clearing several bits of g at once, by a multiple of f, is slower
        // than this.
        const std::int64_t sign = eta >> 63;
        const auto mask = static_cast<std::uint64_t>(sign);
        g += (f ^ mask) - mask;
        q += (u ^ mask) - mask;
        r += (v ^ mask) - mask;
        f += g & mask;
        u += q & mask;
        v += r & mask;
        eta = (eta ^ sign) - sign;
    }
    return {static_cast<std::int64_t>(u), static_cast<std::int64_t>(v),
            static_cast<std::int64_t>(q), static_cast<std::int64_t>(r)};
}

/// (f, g) becomes (u f + v g, q f + r g) / 2^62, exactly; both have `length` limbs.
template <std::size_t L>
constexpr void apply(const Transition& t, Signed62<L>& f, Signed62<L>& g, std::size_t length) {
    int128 f_sum = int128{t.u} * f[0] + int128{t.v} * g[0];
    int128 g_sum = int128{t.q} * f[0] + int128{t.r} * g[0];
    f_sum >>= batch;
    g_sum >>= batch;
    for (std::size_t i = 1; i < length; ++i) {
        f_sum += int128{t.u} * f[i] + int128{t.v} * g[i];
        g_sum += int128{t.q} * f[i] + int128{t.r} * g[i];
        f[i - 1] = static_cast<std::int64_t>(static_cast<std::uint64_t>(f_sum) & limb_mask);
        g[i - 1] = static_cast<std::int64_t>(static_cast<std::uint64_t>(g_sum) & limb_mask);
        f_sum >>= batch;
        g_sum >>= batch;
    }
    f[length - 1] = static_cast<std::int64_t>(f_sum);
    g[length - 1] = static_cast<std::int64_t>(g_sum);
}

/// (d, e) becomes (u d + v e, q d + r e) / 2^62 modulo p. Both stay in (-2p, p): a p is added for
/// each negative one, and below 2^62 of them are subtracted to clear the low limb.
template <std::size_t L>
constexpr void apply_modulo(const Transition& t, Signed62<L>& d, Signed62<L>& e,
                            const Signed62<L>& p, std::uint64_t p_inverse) {
    const std::int64_t d_negative = d[L - 1] >> 63;
    const std::int64_t e_negative = e[L - 1] >> 63;
    std::int64_t d_multiple = (t.u & d_negative) + (t.v & e_negative);
    std::int64_t e_multiple = (t.q & d_negative) + (t.r & e_negative);
    int128 d_sum = int128{t.u} * d[0] + int128{t.v} * e[0];
    int128 e_sum = int128{t.q} * d[0] + int128{t.r} * e[0];
    d_multiple -= static_cast<std::int64_t>(
        (p_inverse * static_cast<std::uint64_t>(d_sum) + static_cast<std::uint64_t>(d_multiple)) &
        limb_mask);
    e_multiple -= static_cast<std::int64_t>(
        (p_inverse * static_cast<std::uint64_t>(e_sum) + static_cast<std::uint64_t>(e_multiple)) &
        limb_mask);
    d_sum += int128{p[0]} * d_multiple;
    e_sum += int128{p[0]} * e_multiple;
    d_sum >>= batch;
    e_sum >>= batch;
#pragma GCC unroll 8
    for (std::size_t i = 1; i < L; ++i) {
        d_sum += int128{t.u} * d[i] + int128{t.v} * e[i] + int128{p[i]} * d_multiple;
        e_sum += int128{t.q} * d[i] + int128{t.r} * e[i] + int128{p[i]} * e_multiple;
        d[i - 1] = static_cast<std::int64_t>(static_cast<std::uint64_t>(d_sum) & limb_mask);
        e[i - 1] = static_cast<std::int64_t>(static_cast<std::uint64_t>(e_sum) & limb_mask);
        d_sum >>= batch;
        e_sum >>= batch;
    }
    d[L - 1] = static_cast<std::int64_t>(d_sum);
    e[L - 1] = static_cast<std::int64_t>(e_sum);
}

/// value + multiple * p, for a small multiple.
template <std::size_t L>
constexpr void add_multiple(Signed62<L>& value, const Signed62<L>& p, std::int64_t multiple) {
    std::int64_t carry = 0;
    for (std::size_t i = 0; i + 1 < L; ++i) {
        carry += value[i] + p[i] * multiple;
        value[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(carry) & limb_mask);
        carry >>= batch;
    }
    value[L - 1] += p[L - 1] * multiple + carry;
}

template <std::size_t L>
constexpr void negate(Signed62<L>& value) {
    std::int64_t carry = 0;
    for (std::size_t i = 0; i + 1 < L; ++i) {
        carry -= value[i];
        value[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(carry) & limb_mask);
        carry >>= batch;
    }
    value[L - 1] = carry - value[L - 1];
}

/// factor / value modulo the odd prime p, in [0, p); 0 when value is 0. `value` and `factor` are
/// below p; `p_inverse` is 1/p modulo 2^64.
template <std::size_t N>
constexpr std::array<std::uint64_t, N> divide(const std::array<std::uint64_t, N>& factor,
                                              const std::array<std::uint64_t, N>& value,
                                              const std::array<std::uint64_t, N>& modulus,
                                              std::uint64_t p_inverse) {
    constexpr std::size_t L = length_for<N>;
    const auto p = to_signed62(modulus);
    Signed62<L> f = p;
    Signed62<L> g = to_signed62(value);
    Signed62<L> d{};
    Signed62<L> e = to_signed62(factor);
    std::int64_t eta = -1;
    std::size_t length = L;
    const auto is_zero = [&] {
        return std::all_of(g.begin(), g.begin() + static_cast<std::ptrdiff_t>(length),
                           [](std::int64_t limb) { return limb == 0; });
    };
    while (!is_zero()) {
        // Two limbs' worth of low bits, so that 62 steps see what they need.
        const auto low = [](const Signed62<L>& x) {
            return static_cast<std::uint64_t>(x[0]) | static_cast<std::uint64_t>(x[1]) << batch;
        };
        const auto transition = step_batch(eta, low(f), low(g));
        apply_modulo(transition, d, e, p, p_inverse);
        apply(transition, f, g, length);
        // Drop a highest limb that says nothing but the sign.
        const std::int64_t f_top = f[length - 1];
        const std::int64_t g_top = g[length - 1];
        if (length > 2 && (f_top == 0 || f_top == -1) && (g_top == 0 || g_top == -1)) {
            f[length - 2] |= static_cast<std::int64_t>(static_cast<std::uint64_t>(f_top) << batch);
            g[length - 2] |= static_cast<std::int64_t>(static_cast<std::uint64_t>(g_top) << batch);
            --length;
        }
    }
    // Now f is 1 or -1 and d = factor / value times f; d is in (-2p, p).
    if (d[L - 1] < 0) add_multiple(d, p, 1);
    if (f[length - 1] < 0) negate(d);
    if (d[L - 1] < 0) add_multiple(d, p, 1);
    return from_signed62<N>(d);
}

}  // namespace meta138::crypto::divsteps
