// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/p256.hpp"

#include "meta138/base/assert.hpp"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include <memory>

namespace meta138::crypto {
namespace {

struct Free {
    void operator()(BIGNUM* number) const noexcept { BN_free(number); }
    void operator()(EC_POINT* point) const noexcept { EC_POINT_free(point); }
    void operator()(BN_CTX* scratch) const noexcept { BN_CTX_free(scratch); }
};
using Number = std::unique_ptr<BIGNUM, Free>;

Number to_number(const Hash32& big_endian) {
    return Number{BN_bin2bn(big_endian.data(), static_cast<int>(big_endian.size()), nullptr)};
}

const EC_GROUP* group() {
    static const EC_GROUP* const created = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    return created;
}

}  // namespace

bool p256_verify(const Hash32& hash, const Hash32& r, const Hash32& s, const Hash32& qx,
                 const Hash32& qy) noexcept {
    const BIGNUM* n = EC_GROUP_get0_order(group());
    const std::unique_ptr<BN_CTX, Free> scratch{BN_CTX_new()};
    const auto rn = to_number(r);
    const auto sn = to_number(s);
    if (BN_is_zero(rn.get()) || BN_cmp(rn.get(), n) >= 0) return false;
    if (BN_is_zero(sn.get()) || BN_cmp(sn.get(), n) >= 0) return false;
    const std::unique_ptr<EC_POINT, Free> q{EC_POINT_new(group())};
    // Refuses coordinates of p and more, and points beside the curve; (0, 0) is beside it.
    if (EC_POINT_set_affine_coordinates(group(), q.get(), to_number(qx).get(), to_number(qy).get(),
                                        scratch.get()) != 1)
        return false;
    const Number inverse{BN_mod_inverse(nullptr, sn.get(), n, scratch.get())};
    const Number u1{BN_new()};
    const Number u2{BN_new()};
    const Number x{BN_new()};
    const std::unique_ptr<EC_POINT, Free> point{EC_POINT_new(group())};
    META138_ASSERT(inverse && u1 && u2 && x && point);
    BN_mod_mul(u1.get(), to_number(hash).get(), inverse.get(), n, scratch.get());
    BN_mod_mul(u2.get(), rn.get(), inverse.get(), n, scratch.get());
    EC_POINT_mul(group(), point.get(), u1.get(), q.get(), u2.get(), scratch.get());
    if (EC_POINT_is_at_infinity(group(), point.get())) return false;
    EC_POINT_get_affine_coordinates(group(), point.get(), x.get(), nullptr, scratch.get());
    BN_nnmod(x.get(), x.get(), n, scratch.get());
    return BN_cmp(x.get(), rn.get()) == 0;
}

}  // namespace meta138::crypto
