// SPDX-License-Identifier: Apache-2.0
#include "bls12_381/multi_scalar.hpp"

#include "bls12_381/batch_addition.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace meta138::crypto::bls12_381 {

namespace {

/// How a group splits a scalar: k P is the sum of parts[i] (e^i P), with e an endomorphism.
struct SplitG1 {
    using Field = Fp;
    static constexpr std::size_t part_count = 2;
    static constexpr unsigned part_bits = 128;

    /// e = -phi is multiplication by x^2, so the parts are the digits in base x^2.
    static std::array<uint128, 2> split(const Scalar& scalar) {
        const auto digits = digits_in_base_x(scalar);
        return {digits[0] + uint128{digits[1]} * abs_x, digits[2] + uint128{digits[3]} * abs_x};
    }
    static G1Affine endomorphism(const G1Affine& point) { return -phi(point); }
};

struct SplitG2 {
    using Field = Fp2;
    static constexpr std::size_t part_count = 4;
    static constexpr unsigned part_bits = 64;

    /// e = -psi is multiplication by |x|.
    static std::array<uint128, 4> split(const Scalar& scalar) {
        const auto digits = digits_in_base_x(scalar);
        return {digits[0], digits[1], digits[2], digits[3]};
    }
    static G2Affine endomorphism(const G2Affine& point) { return -psi(point); }
};

// Few points (Straus): one chain of doublings for all, and for each part the digits of a
// non-adjacent form, looked up among the odd multiples of its point.

constexpr unsigned naf_width = 5;
constexpr std::size_t odd_multiples = 1U << (naf_width - 2);  // 1, 3, 5, ... 15

/// A digit is zero, or odd and below 2^(width - 1) in size; at most one in `width` is not zero.
using NafDigits = std::array<std::int8_t, 130>;

NafDigits non_adjacent_form(uint128 value) {
    NafDigits digits{};
    bool carry = false;  // 2^128, which adding a negative digit's size may reach
    for (std::size_t i = 0; value != 0 || carry; ++i) {
        if ((value & 1) != 0) {
            int digit = static_cast<int>(value & ((1U << naf_width) - 1));
            if (digit >= 1 << (naf_width - 1)) digit -= 1 << naf_width;
            digits[i] = static_cast<std::int8_t>(digit);
            if (digit > 0) {
                value -= static_cast<unsigned>(digit);
            } else {
                value += static_cast<unsigned>(-digit);
                carry = value < static_cast<unsigned>(-digit);
            }
        }
        value = value >> 1 | uint128{carry ? 1U : 0U} << 127;
        carry = false;
    }
    return digits;
}

template <typename Split>
JacobianPoint<typename Split::Field> multiply_few(
    std::span<const AffinePoint<typename Split::Field>> points, std::span<const Scalar> scalars) {
    using Affine = AffinePoint<typename Split::Field>;
    using Jacobian = JacobianPoint<typename Split::Field>;

    std::vector<Jacobian> multiples;
    multiples.reserve(points.size() * odd_multiples);
    for (const auto& point : points) {
        const auto twice = Jacobian{point}.twice();
        multiples.emplace_back(point);
        for (std::size_t i = 1; i < odd_multiples; ++i)
            multiples.push_back(multiples.back() + twice);
    }
    // tables[part] holds the multiples of the part's image of every point.
    std::array<std::vector<Affine>, Split::part_count> tables;
    tables[0] = to_affine<typename Split::Field>(multiples);
    for (std::size_t part = 1; part < Split::part_count; ++part) {
        tables[part].reserve(multiples.size());
        for (const auto& entry : tables[part - 1])
            tables[part].push_back(Split::endomorphism(entry));
    }

    std::vector<std::array<NafDigits, Split::part_count>> digits(points.size());
    for (std::size_t i = 0; i < points.size(); ++i)
        std::ranges::transform(Split::split(scalars[i]), digits[i].begin(), non_adjacent_form);

    Jacobian sum;
    for (std::size_t bit = Split::part_bits + 1; bit-- > 0;) {
        sum = sum.twice();
        for (std::size_t i = 0; i < points.size(); ++i) {
            for (std::size_t part = 0; part < Split::part_count; ++part) {
                const int digit = digits[i][part][bit];
                if (digit == 0) continue;
                const auto& entry =
                    tables[part][i * odd_multiples + static_cast<std::size_t>(std::abs(digit)) / 2];
                sum += digit > 0 ? entry : -entry;
            }
        }
    }
    return sum;
}

// Many points (Pippenger): for each window of bits, the points with the same digit are added up in
// a bucket, and the buckets with the weights 1, 2, 3, ... at the end.

/// The window's width that costs least: 6 multiplications for a point, 27 for a bucket.
unsigned best_window(std::size_t part_count, unsigned part_bits) {
    unsigned best = 2;
    std::size_t best_cost = SIZE_MAX;
    for (unsigned width = 2; width <= 15; ++width) {
        const std::size_t windows = part_bits / width + 1;
        const std::size_t cost = windows * (part_count * 6 + (std::size_t{1} << (width - 1)) * 27);
        if (cost < best_cost) {
            best = width;
            best_cost = cost;
        }
    }
    return best;
}

template <typename Field>
struct Part {
    AffinePoint<Field> point;
    uint128 scalar;
};

/// The digit of a window in the signed form, between -2^(width - 1) and 2^(width - 1) - 1: a
/// window's own bits, and one more if the bit below the window is set.
int signed_digit(uint128 scalar, unsigned window, unsigned width) {
    const unsigned at = window * width;
    const auto bits = static_cast<int>(at >= 128 ? 0 : (scalar >> at) & ((1U << width) - 1));
    const auto carry = at == 0 ? 0 : static_cast<int>((scalar >> (at - 1)) & 1);
    const int half = 1 << (width - 1);
    const int digit = bits + carry;
    return bits >= half ? digit - 2 * half : digit;
}

/// The sum of weight * buckets[weight - 1].
template <typename Field>
JacobianPoint<Field> add_weighted(std::span<const AffinePoint<Field>> buckets) {
    JacobianPoint<Field> running;
    JacobianPoint<Field> sum;
    for (std::size_t i = buckets.size(); i-- > 0;) {
        running += buckets[i];
        sum += running;
    }
    return sum;
}

template <typename Split>
JacobianPoint<typename Split::Field> multiply_many(
    std::span<const AffinePoint<typename Split::Field>> points, std::span<const Scalar> scalars) {
    using Field = typename Split::Field;
    using Jacobian = JacobianPoint<Field>;

    std::vector<Part<Field>> parts;
    parts.reserve(points.size() * Split::part_count);
    for (std::size_t i = 0; i < points.size(); ++i) {
        auto image = points[i];
        for (const uint128 scalar : Split::split(scalars[i])) {
            if (scalar != 0) parts.push_back({image, scalar});
            image = Split::endomorphism(image);
        }
    }

    const unsigned width = best_window(parts.size(), Split::part_bits);
    const unsigned windows = Split::part_bits / width + 1;
    BucketSums<Field> sums{std::size_t{1} << (width - 1)};
    Jacobian sum;
    for (unsigned window = windows; window-- > 0;) {
        for (unsigned i = 0; i < width; ++i) sum = sum.twice();
        sums.clear();
        for (const auto& part : parts) {
            const int digit = signed_digit(part.scalar, window, width);
            if (digit > 0) sums.add(static_cast<std::size_t>(digit) - 1, part.point);
            if (digit < 0) sums.add(static_cast<std::size_t>(-digit) - 1, -part.point);
        }
        sum += add_weighted<Field>(sums.reduce());
    }
    return sum;
}

/// Up to this many points the doublings of one chain weigh less than the buckets of every window.
constexpr std::size_t few = 24;

template <typename Split>
JacobianPoint<typename Split::Field> multiply(
    std::span<const AffinePoint<typename Split::Field>> points, std::span<const Scalar> scalars) {
    META138_ASSERT(points.size() == scalars.size());
    std::vector<AffinePoint<typename Split::Field>> finite_points;
    std::vector<Scalar> their_scalars;
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (points[i].is_infinity() || scalars[i] == Scalar{}) continue;
        finite_points.push_back(points[i]);
        their_scalars.push_back(scalars[i]);
    }
    if (finite_points.size() <= few) return multiply_few<Split>(finite_points, their_scalars);
    return multiply_many<Split>(finite_points, their_scalars);
}

}  // namespace

G1 multi_scalar_multiply(std::span<const G1Affine> points, std::span<const Scalar> scalars) {
    return multiply<SplitG1>(points, scalars);
}

G2 multi_scalar_multiply(std::span<const G2Affine> points, std::span<const Scalar> scalars) {
    return multiply<SplitG2>(points, scalars);
}

}  // namespace meta138::crypto::bls12_381
