// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "field8.hpp"
#include "point.hpp"

namespace meta138::crypto::secp256k1 {

#define META138_IFMA_CALL [[gnu::noinline, gnu::target("avx512f,avx512ifma")]] inline

/// Eight points, as (x / z^2, y / z^3). The formulas are those of point.hpp for the general case; a
/// lane that meets another (infinity, or a sum of equal points) has z = 0 from then on, and is to
/// be computed again by other means.
struct Jacobian8 {
    Field8 x;
    Field8 y;
    Field8 z;
};

struct Affine8 {
    Field8 x;
    Field8 y;
};

META138_IFMA Field8 twice(const Field8& sum) noexcept {
    return sum + sum;
}

/// p becomes 2 p.
META138_IFMA_CALL void double_in_place(Jacobian8& p) noexcept {
    const Field8 x2 = square(p.x);
    const Field8 m = normalize(x2 + twice(x2));  // 3 x^2: the slope is m / (2 y z)
    const Field8 y2 = squared(p.y);
    p.z = normalize(twice(product(p.y, p.z)));
    const Field8 s = normalize(twice(twice(product(p.x, y2))));  // 4 x y^2
    const Field8 y4 = squared(y2);
    p.x = normalize(square(m) + -twice(s));
    const Field8 y4_by_8 = twice(twice(twice(y4)));
    p.y = normalize(product(m, normalize(s + -p.x)) + -y4_by_8);
}

/// p becomes p + q in the lanes of `where`, p - q in those that are in `negated` too. `z` is p.z,
/// or p.z times a factor if q is on an isomorphic curve. Returns the new z over the old.
META138_IFMA_CALL Field8 add_in_place(Jacobian8& p, const Affine8& q, const Field8& z,
                                      __mmask8 where, __mmask8 negated) noexcept {
    const Field8 z2 = squared(z);
    const Field8 h = normalize(product(q.x, z2) + -p.x);
    const Field8 y_at_z = product(q.y, multiply(z2, z));
    const Field8 minus_i = normalize(p.y + select(negated, -y_at_z, y_at_z));
    const Field8 minus_h2 = normalize(-square(h));
    const Field8 minus_h3 = multiply(minus_h2, h);
    const Field8 minus_t = multiply(p.x, minus_h2);
    const Field8 x = normalize(square(minus_i) + minus_h3 + twice(minus_t));
    Product8 y;
    accumulate(y, normalize(minus_t + x), minus_i);
    accumulate(y, minus_h3, p.y);
    p.z = select(where, p.z, multiply(p.z, h));
    p.x = select(where, p.x, x);
    p.y = select(where, p.y, normalize(fold(y)));
    return h;
}

}  // namespace meta138::crypto::secp256k1
