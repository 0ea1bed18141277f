// SPDX-License-Identifier: Apache-2.0
#include "recover8.hpp"

#include "point8.hpp"
#include "recover.hpp"

#include <algorithm>
#include <memory>

namespace meta138::crypto::secp256k1 {
namespace {

#define META138_IFMA_FUNCTION [[gnu::target("avx512f,avx512ifma")]]

constexpr unsigned point_width = 4;
constexpr unsigned generator_width = 8;
constexpr std::size_t point_multiples = 1 << (point_width - 1);
constexpr std::size_t generator_multiples = 1 << (generator_width - 1);

/// The limbs of x, then those of y, filled up to a whole cache line or two.
struct alignas(128) TableEntry {
    std::array<std::uint64_t, 16> words{};

    TableEntry() = default;
    explicit TableEntry(const Affine& point) noexcept {
        std::ranges::copy(point.y.to_limbs52(),
                          std::ranges::copy(point.x.to_limbs52(), words.begin()).out);
    }
};

using GeneratorMultiples = std::array<TableEntry, generator_multiples>;  // 1, 2, 3, ... times

/// 64 KiB of constants, computed once.
struct Tables {
    GeneratorMultiples low;   // of the generator
    GeneratorMultiples high;  // of 2^128 times the generator
    Affine start;             // where every sum begins, so that it does not begin at infinity
    Affine minus_end;         // what the start has become when the sum is complete, negated

    Tables() noexcept {
        fill(low, generator);
        fill(high, doubled_128_times(generator));
        // Any point does that no digit meets by design: 2^200 times the generator.
        auto point = Jacobian::from(generator);
        for (int i = 0; i < 200; ++i) point = doubled(point);
        start = to_affine(point);
        minus_end = -doubled_128_times(start);
    }

    static Affine doubled_128_times(const Affine& p) noexcept {
        auto point = Jacobian::from(p);
        for (int i = 0; i < 128; ++i) point = doubled(point);
        return to_affine(point);
    }

    static void fill(GeneratorMultiples& multiples, const Affine& p) noexcept {
        Jacobian sum;
        for (auto& multiple : multiples) {
            sum = add(sum, p);
            multiple = TableEntry{to_affine(sum)};
        }
    }
};

const Tables& tables() {
    static const auto computed = std::make_unique<const Tables>();
    return *computed;
}

/// One digit of each lane: its magnitude, and the lanes where it is negative or not zero.
struct Digits8 {
    std::array<std::uint64_t, 8> magnitudes;
    __mmask8 negative = 0;
    __mmask8 nonzero = 0;

    void set(std::size_t lane, int digit) noexcept {
        magnitudes[lane] = static_cast<std::uint64_t>(digit < 0 ? -digit : digit);
        negative = static_cast<__mmask8>(negative | unsigned{digit < 0} << lane);
        nonzero = static_cast<__mmask8>(nonzero | unsigned{digit != 0} << lane);
    }
};

struct AllDigits {
    std::array<Digits8, 128 / point_width + 1> b_first;
    std::array<Digits8, 128 / point_width + 1> b_second;
    std::array<Digits8, 128 / generator_width + 1> a_low;
    std::array<Digits8, 128 / generator_width + 1> a_high;

    explicit AllDigits(const std::array<RecoverTask, 8>& tasks) noexcept {
        for (std::size_t lane = 0; lane < 8; ++lane) {
            const auto [first, second] = split(tasks[lane].b);
            const auto& a = tasks[lane].a.limbs;
            fill<point_width>(b_first, lane, first);
            fill<point_width>(b_second, lane, second);
            fill<generator_width>(a_low, lane, {uint128{a[1]} << 64 | a[0], false});
            fill<generator_width>(a_high, lane, {uint128{a[3]} << 64 | a[2], false});
        }
    }

    template <unsigned width>
    static void fill(std::array<Digits8, 128 / width + 1>& digits, std::size_t lane,
                     const HalfScalar& scalar) noexcept {
        const auto of_lane = to_signed_digits<width>(scalar);
        for (std::size_t i = 0; i < digits.size(); ++i) digits[i].set(lane, of_lane[i]);
    }
};

META138_IFMA Word8 load(const std::array<std::uint64_t, 8>& words) noexcept {
    return reinterpret_cast<Word8>(_mm512_loadu_si512(words.data()));
}

META138_IFMA __mmask8 equal_lanes(const Word8& x, const Word8& y) noexcept {
    return _mm512_cmpeq_epi64_mask(reinterpret_cast<__m512i>(x), reinterpret_cast<__m512i>(y));
}

/// Every lane's own of the generator's multiples.
META138_IFMA_FUNCTION Affine8 select_multiples(const GeneratorMultiples& multiples,
                                               const Digits8& digits) noexcept {
    Word8 rows[8];
    Word8 last_rows[8];
    for (std::size_t lane = 0; lane < 8; ++lane) {
        // A digit of zero takes any; it is not added.
        const auto& words =
            multiples[(digits.magnitudes[lane] + generator_multiples - 1) % generator_multiples]
                .words;
        rows[lane] = reinterpret_cast<Word8>(_mm512_load_si512(words.data()));
        last_rows[lane] = reinterpret_cast<Word8>(_mm512_load_si512(words.data() + 8));
    }
    transpose(rows);
    transpose(last_rows);
    return {{{rows[0], rows[1], rows[2], rows[3], rows[4]}},
            {{rows[5], rows[6], rows[7], last_rows[0], last_rows[1]}}};
}

/// 1 to 8 times each lane's R, and lambda R, on an isomorphic curve.
struct PointMultiples {
    std::array<Affine8, point_multiples> of_r;
    std::array<Field8, point_multiples> beta_x;  // lambda (x, y) = (beta x, y)
    Field8 common_z;  // in the coordinates of the curve itself, all have this z

    META138_IFMA_FUNCTION explicit PointMultiples(const Affine8& r) noexcept {
        Jacobian8 sum{r.x, r.y, broadcast(FieldElement::one())};
        std::array<Field8, point_multiples> ratios;  // of z to the one before
        of_r[0] = r;
        double_in_place(sum);
        ratios[1] = sum.z;
        of_r[1] = {sum.x, sum.y};
        for (std::size_t i = 2; i < point_multiples; ++i) {
            const Field8 z = sum.z;
            ratios[i] = add_in_place(sum, r, z, 0xff, 0);
            of_r[i] = {sum.x, sum.y};
        }
        Field8 factor = ratios[point_multiples - 1];
        for (std::size_t i = point_multiples - 1; i-- > 0;) {
            const Field8 factor2 = squared(factor);
            of_r[i].x = multiply(of_r[i].x, factor2);
            of_r[i].y = multiply(of_r[i].y, multiply(factor2, factor));
            if (i > 0) factor = multiply(factor, ratios[i]);
        }
        common_z = factor;
        const Field8 beta8 = broadcast(beta);
        for (std::size_t i = 0; i < point_multiples; ++i) beta_x[i] = multiply(of_r[i].x, beta8);
    }

    META138_IFMA_FUNCTION [[nodiscard]] Affine8 select(const Digits8& digits,
                                                       bool lambda) const noexcept {
        const Word8 magnitudes = load(digits.magnitudes);
        Affine8 chosen{lambda ? beta_x[0] : of_r[0].x, of_r[0].y};
        for (std::size_t i = 1; i < point_multiples; ++i) {
            const auto here = equal_lanes(magnitudes, splat(i + 1));
            chosen.x = secp256k1::select(here, chosen.x, lambda ? beta_x[i] : of_r[i].x);
            chosen.y = secp256k1::select(here, chosen.y, of_r[i].y);
        }
        return chosen;
    }
};

META138_IFMA_FUNCTION Field8 squared_times(Field8 x, unsigned times) noexcept {
    for (unsigned i = 0; i < times; ++i) x = squared(x);
    return x;
}

/// FieldElement::root() in lanes.
META138_IFMA_FUNCTION Field8 root(const Field8& x) noexcept {
    const Field8 ones_2 = multiply(squared(x), x);
    const Field8 ones_3 = multiply(squared(ones_2), x);
    const Field8 ones_6 = multiply(squared_times(ones_3, 3), ones_3);
    const Field8 ones_9 = multiply(squared_times(ones_6, 3), ones_3);
    const Field8 ones_11 = multiply(squared_times(ones_9, 2), ones_2);
    const Field8 ones_22 = multiply(squared_times(ones_11, 11), ones_11);
    const Field8 ones_44 = multiply(squared_times(ones_22, 22), ones_22);
    const Field8 ones_88 = multiply(squared_times(ones_44, 44), ones_44);
    const Field8 ones_176 = multiply(squared_times(ones_88, 88), ones_88);
    const Field8 ones_220 = multiply(squared_times(ones_176, 44), ones_44);
    const Field8 ones_223 = multiply(squared_times(ones_220, 3), ones_3);
    const Field8 high = multiply(squared_times(ones_223, 23), ones_22);
    return squared_times(multiply(squared_times(high, 6), ones_2), 2);
}

/// The points R; a lane whose x no point has is cleared in `exists`.
META138_IFMA_FUNCTION Affine8 decompress(const std::array<RecoverTask, 8>& tasks,
                                         __mmask8& exists) noexcept {
    std::array<FieldElement, 8> xs;
    for (std::size_t lane = 0; lane < 8; ++lane) xs[lane] = tasks[lane].x;
    const Field8 x = from_elements(xs);
    const Field8 y2 = normalize(product(squared(x), x) + broadcast(FieldElement{{7, 0, 0, 0}}));
    const Field8 y = root(y2);
    const auto errors = to_elements(normalize(square(y) + -y2));
    const auto ys = to_elements(y);
    exists = 0;
    __mmask8 negate = 0;
    for (std::size_t lane = 0; lane < 8; ++lane) {
        exists = static_cast<__mmask8>(exists | unsigned{errors[lane].is_zero()} << lane);
        negate = static_cast<__mmask8>(negate | unsigned{ys[lane].is_odd() != tasks[lane].y_is_odd}
                                                    << lane);
    }
    return {x, select(negate, y, normalize(-y))};
}

META138_IFMA_FUNCTION void add_multiple(Jacobian8& sum, const PointMultiples& multiples,
                                        const Digits8& digits, bool lambda) noexcept {
    const Field8 z = sum.z;
    add_in_place(sum, multiples.select(digits, lambda), z, digits.nonzero, digits.negative);
}

/// In the coordinates of `sum` the generator's multiples have 1 / common_z for their z.
META138_IFMA_FUNCTION void add_generator(Jacobian8& sum, const Field8& common_z,
                                         const GeneratorMultiples& multiples,
                                         const Digits8& digits) noexcept {
    add_in_place(sum, select_multiples(multiples, digits), multiply(sum.z, common_z),
                 digits.nonzero, digits.negative);
}

META138_IFMA_FUNCTION Jacobian8 sum_up(const AllDigits& digits, const Affine8& r) noexcept {
    const auto& constants = tables();
    const PointMultiples multiples{r};
    const Field8 common_z = multiples.common_z;
    const Field8 common_z2 = squared(common_z);
    Jacobian8 sum{multiply(broadcast(constants.start.x), common_z2),
                  multiply(broadcast(constants.start.y), multiply(common_z2, common_z)),
                  broadcast(FieldElement::one())};
    for (std::size_t i = digits.b_first.size(); i-- > 0;) {
        add_multiple(sum, multiples, digits.b_first[i], false);
        add_multiple(sum, multiples, digits.b_second[i], true);
        constexpr std::size_t step = generator_width / point_width;
        if (i % step == 0) {
            add_generator(sum, common_z, constants.low, digits.a_low[i / step]);
            add_generator(sum, common_z, constants.high, digits.a_high[i / step]);
        }
        if (i > 0)
            for (unsigned bit = 0; bit < point_width; ++bit) double_in_place(sum);
    }
    const Affine8 minus_end{broadcast(constants.minus_end.x), broadcast(constants.minus_end.y)};
    add_in_place(sum, minus_end, multiply(sum.z, common_z), 0xff, 0);
    sum.z = multiply(sum.z, common_z);
    return sum;
}

/// The inverses of eight numbers for the price of one and a few products (Montgomery's trick); of a
/// zero, zero.
std::array<FieldElement, 8> inverses(std::array<FieldElement, 8> elements) noexcept {
    std::array<FieldElement, 8> before;  // the product of the elements before this one
    auto all = FieldElement::one();
    for (std::size_t i = 0; i < 8; ++i) {
        before[i] = all;
        if (!elements[i].is_zero()) all = all * elements[i];
    }
    FieldElement inverse = all.inverse();
    for (std::size_t i = 8; i-- > 0;) {
        if (elements[i].is_zero()) continue;
        before[i] = before[i] * inverse;
        inverse = inverse * elements[i];
        elements[i] = before[i];
    }
    return elements;
}

}  // namespace

bool has_recover8() noexcept {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512ifma");
}

META138_IFMA_FUNCTION std::array<RecoverResult, 8> recover8(
    const std::array<RecoverTask, 8>& tasks) noexcept {
    __mmask8 exists = 0;
    const Affine8 r = decompress(tasks, exists);
    const Jacobian8 sum = sum_up(AllDigits{tasks}, r);
    const auto x = to_elements(sum.x);
    const auto y = to_elements(sum.y);
    const auto z = to_elements(sum.z);
    const auto inverse_z = inverses(z);
    std::array<RecoverResult, 8> results;
    for (std::size_t lane = 0; lane < 8; ++lane) {
        if ((exists >> lane & 1) == 0) {
            results[lane].status = RecoverStatus::no_such_point;
        } else if (!z[lane].is_zero()) {
            const auto inverse2 = inverse_z[lane].squared();
            results[lane] = {RecoverStatus::found,
                             {x[lane] * inverse2, y[lane] * (inverse2 * inverse_z[lane])}};
        }
    }
    return results;
}

}  // namespace meta138::crypto::secp256k1
