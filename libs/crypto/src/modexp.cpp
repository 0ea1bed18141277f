// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/modexp.hpp"

#include "meta138/base/assert.hpp"

#include <gmp.h>

#include <algorithm>

namespace meta138::crypto {
namespace {

/// A GMP integer that frees itself.
class Integer {
public:
    explicit Integer(ByteView big_endian) {
        mpz_init(value_);
        mpz_import(value_, big_endian.size(), 1, 1, 1, 0, big_endian.data());
    }
    Integer() { mpz_init(value_); }
    Integer(const Integer&) = delete;
    Integer& operator=(const Integer&) = delete;
    ~Integer() { mpz_clear(value_); }

    mpz_ptr get() noexcept { return value_; }

private:
    mpz_t value_;
};

}  // namespace

void modexp(ByteView base, ByteView exponent, ByteView modulus, std::span<std::uint8_t> out) {
    META138_ASSERT(out.size() == modulus.size());
    std::ranges::fill(out, std::uint8_t{0});
    Integer m{modulus};
    if (mpz_cmp_ui(m.get(), 1) <= 0) return;
    Integer b{base};
    Integer e{exponent};
    Integer power;
    mpz_powm(power.get(), b.get(), e.get(), m.get());
    const std::size_t size = (mpz_sizeinbase(power.get(), 2) + 7) / 8;
    if (mpz_sgn(power.get()) != 0)
        mpz_export(out.data() + (out.size() - size), nullptr, 1, 1, 1, 0, power.get());
}

}  // namespace meta138::crypto
