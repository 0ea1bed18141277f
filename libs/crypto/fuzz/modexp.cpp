// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/modexp.hpp"

#include "meta138/base/assert.hpp"

#include <gmp.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace {

using namespace meta138;

Bytes modexp_with_gmp(ByteView base, ByteView exponent, ByteView modulus) {
    mpz_t b;
    mpz_t e;
    mpz_t m;
    mpz_inits(b, e, m, nullptr);
    mpz_import(b, base.size(), 1, 1, 1, 0, base.data());
    mpz_import(e, exponent.size(), 1, 1, 1, 0, exponent.data());
    mpz_import(m, modulus.size(), 1, 1, 1, 0, modulus.data());
    Bytes out(modulus.size());
    if (mpz_sgn(m) != 0) {
        mpz_powm(b, b, e, m);
        const std::size_t size = mpz_sgn(b) == 0 ? 0 : (mpz_sizeinbase(b, 2) + 7) / 8;
        mpz_export(out.data() + (out.size() - size), nullptr, 1, 1, 1, 0, b);
    }
    mpz_clears(b, e, m, nullptr);
    return out;
}

}  // namespace

/// Two bytes say how much of the rest is the modulus, one how much the exponent; what remains is
/// the base.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    ByteView input{data, size};
    if (input.size() < 3) return 0;
    const std::size_t modulus_size = std::size_t{input[0]} | std::size_t{input[1] & 7U} << 8;
    const std::size_t exponent_size = input[2] % 40;
    input = input.subspan(3);
    const auto modulus = input.first(std::min(modulus_size, input.size()));
    input = input.subspan(modulus.size());
    const auto exponent = input.first(std::min(exponent_size, input.size()));
    const auto base = input.subspan(exponent.size());
    Bytes out(modulus.size(), 0xee);
    crypto::modexp(base, exponent, modulus, out);
    META138_ASSERT(out == modexp_with_gmp(base, exponent, modulus));
    return 0;
}
