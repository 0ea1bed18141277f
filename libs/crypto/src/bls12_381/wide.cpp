// SPDX-License-Identifier: Apache-2.0
#include "bls12_381/wide.hpp"

namespace meta138::crypto::bls12_381 {

namespace {

using Limbs = Fp::Limbs;

/// -1/p mod 2^64.
constexpr std::uint64_t negative_inverse = 0x89f3fffcfffcfffd;
static_assert(negative_inverse * FpParams::modulus[0] == ~std::uint64_t{0});

}  // namespace

#if defined(__x86_64__) && defined(__BMI2__)

// MULX leaves the flags alone, so that a carry chain can run through the products. A row of six
// products is added to seven limbs t0..t6 in two chains, of the products at even and at odd
// positions: each product's low and high half go to neighbouring limbs. The compiler, given the
// same in C++, spills the limbs to the stack.

// t0..t6 += %rdx * (the six limbs at `operand`); t6 is overwritten, not added to.
#define META138_ADD_ROW(operand, t0, t1, t2, t3, t4, t5, t6)       \
    "mulxq 0(%[" operand "]), %%rax, %%rcx\n addq %%rax, %[" t0    \
    "]\n"                                                          \
    "adcq %%rcx, %[" t1                                            \
    "]\n"                                                          \
    "mulxq 16(%[" operand "]), %%rax, %%rcx\n adcq %%rax, %[" t2   \
    "]\n"                                                          \
    "adcq %%rcx, %[" t3                                            \
    "]\n"                                                          \
    "mulxq 32(%[" operand "]), %%rax, %%rcx\n adcq %%rax, %[" t4   \
    "]\n"                                                          \
    "adcq %%rcx, %[" t5 "]\n movl $0, %k[" t6 "]\n adcq $0, %[" t6 \
    "]\n" META138_ADD_ODD_PRODUCTS(operand, t1, t2, t3, t4, t5, t6)
#define META138_ADD_ODD_PRODUCTS(operand, t1, t2, t3, t4, t5, t6) \
    "mulxq 8(%[" operand "]), %%rax, %%rcx\n addq %%rax, %[" t1   \
    "]\n"                                                         \
    "adcq %%rcx, %[" t2                                           \
    "]\n"                                                         \
    "mulxq 24(%[" operand "]), %%rax, %%rcx\n adcq %%rax, %[" t3  \
    "]\n"                                                         \
    "adcq %%rcx, %[" t4                                           \
    "]\n"                                                         \
    "mulxq 40(%[" operand "]), %%rax, %%rcx\n adcq %%rax, %[" t5  \
    "]\n"                                                         \
    "adcq %%rcx, %[" t6 "]\n"

// The first row: t0..t6 = %rdx * (the six limbs at a).
#define META138_FIRST_ROW                                 \
    "movq 0(%[b]), %%rdx\n mulxq 0(%[a]), %[t0], %[t1]\n" \
    "mulxq 8(%[a]), %%rax, %[t2]\n addq %%rax, %[t1]\n"   \
    "mulxq 16(%[a]), %%rax, %[t3]\n adcq %%rax, %[t2]\n"  \
    "mulxq 24(%[a]), %%rax, %[t4]\n adcq %%rax, %[t3]\n"  \
    "mulxq 32(%[a]), %%rax, %[t5]\n adcq %%rax, %[t4]\n"  \
    "mulxq 40(%[a]), %%rax, %[t6]\n adcq %%rax, %[t5]\n adcq $0, %[t6]\n"

#define META138_MULTIPLY_ROW(offset, t0, t1, t2, t3, t4, t5, t6) \
    "movq " offset "(%[b]), %%rdx\n" META138_ADD_ROW("a", t0, t1, t2, t3, t4, t5, t6)

// Adds the multiple of p that makes t0 zero to t0..t6.
#define META138_REDUCE_ROW(t0, t1, t2, t3, t4, t5, t6) \
    "movq %[inverse], %%rdx\n imulq %[" t0             \
    "], %%rdx\n"                                       \
    "mulxq 0(%[p]), %%rax, %%rcx\n addq %%rax, %[" t0  \
    "]\n"                                              \
    "adcq %%rcx, %[" t1                                \
    "]\n"                                              \
    "mulxq 16(%[p]), %%rax, %%rcx\n adcq %%rax, %[" t2 \
    "]\n"                                              \
    "adcq %%rcx, %[" t3                                \
    "]\n"                                              \
    "mulxq 32(%[p]), %%rax, %%rcx\n adcq %%rax, %[" t4 \
    "]\n"                                              \
    "adcq %%rcx, %[" t5 "]\n adcq $0, %[" t6           \
    "]\n" META138_ADD_ODD_PRODUCTS("p", t1, t2, t3, t4, t5, t6)

void FpParams::multiply(Limbs& out, const Limbs& a, const Limbs& b) {
    std::uint64_t t0;
    std::uint64_t t1;
    std::uint64_t t2;
    std::uint64_t t3;
    std::uint64_t t4;
    std::uint64_t t5;
    std::uint64_t t6;
    asm(META138_FIRST_ROW                                                     //
            META138_REDUCE_ROW("t0", "t1", "t2", "t3", "t4", "t5", "t6")      //
        META138_MULTIPLY_ROW("8", "t1", "t2", "t3", "t4", "t5", "t6", "t0")   //
        META138_REDUCE_ROW("t1", "t2", "t3", "t4", "t5", "t6", "t0")          //
        META138_MULTIPLY_ROW("16", "t2", "t3", "t4", "t5", "t6", "t0", "t1")  //
        META138_REDUCE_ROW("t2", "t3", "t4", "t5", "t6", "t0", "t1")          //
        META138_MULTIPLY_ROW("24", "t3", "t4", "t5", "t6", "t0", "t1", "t2")  //
        META138_REDUCE_ROW("t3", "t4", "t5", "t6", "t0", "t1", "t2")          //
        META138_MULTIPLY_ROW("32", "t4", "t5", "t6", "t0", "t1", "t2", "t3")  //
        META138_REDUCE_ROW("t4", "t5", "t6", "t0", "t1", "t2", "t3")          //
        META138_MULTIPLY_ROW("40", "t5", "t6", "t0", "t1", "t2", "t3", "t4")  //
        META138_REDUCE_ROW("t5", "t6", "t0", "t1", "t2", "t3", "t4")
        : [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3), [t4] "=&r"(t4),
          [t5] "=&r"(t5), [t6] "=&r"(t6)
        : [a] "r"(a.data()), [b] "r"(b.data()), [p] "r"(modulus.data()),
          [inverse] "m"(negative_inverse), "m"(a), "m"(b), "m"(modulus)
        : "rax", "rcx", "rdx", "cc");
    out = limbs::reduce_once(Limbs{t6, t0, t1, t2, t3, t4}, modulus);
}

#define META138_WIDE_ROW(offset, t0, t1, t2, t3, t4, t5, t6) \
    META138_MULTIPLY_ROW(offset, t0, t1, t2, t3, t4, t5, t6) \
    "movq %[" t0 "], " offset                                \
    "(%[out])"                                               \
    "\n"

WideFp multiply_wide(const Limbs& a, const Limbs& b) {
    WideFp product;
    std::uint64_t t0;
    std::uint64_t t1;
    std::uint64_t t2;
    std::uint64_t t3;
    std::uint64_t t4;
    std::uint64_t t5;
    std::uint64_t t6;
    asm(META138_FIRST_ROW "movq %[t0], 0(%[out])\n"                       //
        META138_WIDE_ROW("8", "t1", "t2", "t3", "t4", "t5", "t6", "t0")   //
        META138_WIDE_ROW("16", "t2", "t3", "t4", "t5", "t6", "t0", "t1")  //
        META138_WIDE_ROW("24", "t3", "t4", "t5", "t6", "t0", "t1", "t2")  //
        META138_WIDE_ROW("32", "t4", "t5", "t6", "t0", "t1", "t2", "t3")  //
        META138_WIDE_ROW("40", "t5", "t6", "t0", "t1", "t2", "t3", "t4")
        : [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3), [t4] "=&r"(t4),
          [t5] "=&r"(t5), [t6] "=&r"(t6), "=m"(product)
        : [a] "r"(a.data()), [b] "r"(b.data()), [out] "r"(product.limbs.data()), "m"(a), "m"(b)
        : "rax", "rcx", "rdx", "cc");
    product.limbs[6] = t6;
    product.limbs[7] = t0;
    product.limbs[8] = t1;
    product.limbs[9] = t2;
    product.limbs[10] = t3;
    product.limbs[11] = t4;
    return product;
}

// As META138_REDUCE_ROW, where t0, zero afterwards, is the seventh limb too.
#define META138_REDUCE_SIX(t0, t1, t2, t3, t4, t5)                 \
    "movq %[inverse], %%rdx\n imulq %[" t0                         \
    "], %%rdx\n"                                                   \
    "mulxq 0(%[p]), %%rax, %%rcx\n addq %%rax, %[" t0              \
    "]\n"                                                          \
    "adcq %%rcx, %[" t1                                            \
    "]\n"                                                          \
    "mulxq 16(%[p]), %%rax, %%rcx\n adcq %%rax, %[" t2             \
    "]\n"                                                          \
    "adcq %%rcx, %[" t3                                            \
    "]\n"                                                          \
    "mulxq 32(%[p]), %%rax, %%rcx\n adcq %%rax, %[" t4             \
    "]\n"                                                          \
    "adcq %%rcx, %[" t5 "]\n movl $0, %k[" t0 "]\n adcq $0, %[" t0 \
    "]\n" META138_ADD_ODD_PRODUCTS("p", t1, t2, t3, t4, t5, t0)

Fp reduce(const WideFp& a) {
    std::uint64_t t0 = a.limbs[0];
    std::uint64_t t1 = a.limbs[1];
    std::uint64_t t2 = a.limbs[2];
    std::uint64_t t3 = a.limbs[3];
    std::uint64_t t4 = a.limbs[4];
    std::uint64_t t5 = a.limbs[5];
    asm(META138_REDUCE_SIX("t0", "t1", "t2", "t3", "t4", "t5")  //
        META138_REDUCE_SIX("t1", "t2", "t3", "t4", "t5", "t0")  //
        META138_REDUCE_SIX("t2", "t3", "t4", "t5", "t0", "t1")  //
        META138_REDUCE_SIX("t3", "t4", "t5", "t0", "t1", "t2")  //
        META138_REDUCE_SIX("t4", "t5", "t0", "t1", "t2", "t3")  //
        META138_REDUCE_SIX("t5", "t0", "t1", "t2", "t3", "t4")
        : [t0] "+&r"(t0), [t1] "+&r"(t1), [t2] "+&r"(t2), [t3] "+&r"(t3), [t4] "+&r"(t4),
          [t5] "+&r"(t5)
        : [p] "r"(Fp::modulus.data()), [inverse] "m"(negative_inverse), "m"(Fp::modulus)
        : "rax", "rcx", "rdx", "cc");
    // (low half + a multiple of p) / 2^384 is at most p, and the high half below p.
    Limbs sum;
    limbs::add(sum, Limbs{t0, t1, t2, t3, t4, t5},
               Limbs{a.limbs[6], a.limbs[7], a.limbs[8], a.limbs[9], a.limbs[10], a.limbs[11]});
    return Fp::from_montgomery_limbs(limbs::reduce_once(sum, Fp::modulus));
}

#undef META138_REDUCE_SIX
#undef META138_WIDE_ROW
#undef META138_REDUCE_ROW
#undef META138_MULTIPLY_ROW
#undef META138_FIRST_ROW
#undef META138_ADD_ODD_PRODUCTS
#undef META138_ADD_ROW

#else

WideFp multiply_wide(const Limbs& a, const Limbs& b) {
    WideFp product{};
    for (std::size_t i = 0; i < 6; ++i) {
        std::uint64_t carry = 0;
        for (std::size_t j = 0; j < 6; ++j) {
            const uint128 sum = uint128{a[j]} * b[i] + product.limbs[i + j] + carry;
            product.limbs[i + j] = static_cast<std::uint64_t>(sum);
            carry = static_cast<std::uint64_t>(sum >> 64);
        }
        product.limbs[i + 6] = carry;
    }
    return product;
}

Fp reduce(const WideFp& a) {
    auto t = a.limbs;
    std::uint64_t carry_out = 0;
    for (std::size_t i = 0; i < 6; ++i) {
        const std::uint64_t m = t[i] * negative_inverse;
        std::uint64_t carry = 0;
        for (std::size_t j = 0; j < 6; ++j) {
            const uint128 sum = uint128{m} * Fp::modulus[j] + t[i + j] + carry;
            t[i + j] = static_cast<std::uint64_t>(sum);
            carry = static_cast<std::uint64_t>(sum >> 64);
        }
        const uint128 sum = uint128{t[i + 6]} + carry + carry_out;
        t[i + 6] = static_cast<std::uint64_t>(sum);
        carry_out = static_cast<std::uint64_t>(sum >> 64);
    }
    return Fp::from_montgomery_limbs(
        limbs::reduce_once(Limbs{t[6], t[7], t[8], t[9], t[10], t[11]}, Fp::modulus));
}

#endif

}  // namespace meta138::crypto::bls12_381
