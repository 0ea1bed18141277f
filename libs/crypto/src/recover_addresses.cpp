// SPDX-License-Identifier: Apache-2.0
#include "secp256k1/recover8.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/crypto/secp256k1.hpp"

#include <algorithm>
#include <array>

namespace meta138::crypto {
namespace {

using secp256k1::RecoverStatus;
using secp256k1::RecoverTask;

constexpr std::size_t lanes = 8;
/// Eight lanes take as long whether they are filled or not: as less than two keys one by one.
constexpr std::size_t worthwhile = 2;

/// Up to eight signatures whose numbers are in range, on their way to addresses.
class Batch {
public:
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// Ignores what cannot be a signature.
    void add(const SignedHash& input, std::optional<Address>& out) noexcept {
        out = std::nullopt;
        const auto r = to_uint256(input.signature.r);
        const auto s = to_uint256(input.signature.s);
        if (input.signature.y_parity > 1 || r.is_zero() || s.is_zero() || r >= SECP256K1N ||
            s >= SECP256K1N)
            return;
        inputs_[size_] = &input;
        outs_[size_] = &out;
        rs_[size_] = r;
        // SEC 1 section 4.1.6: the key is (s R - hash G) / r, where r is the x of R.
        tasks_[size_] = {.x = secp256k1::FieldElement{r.limbs},
                         .y_is_odd = input.signature.y_parity == 1,
                         .a = SECP256K1N - to_uint256(input.hash) % SECP256K1N,
                         .b = s};
        ++size_;
    }

    /// Fills in the addresses, and empties the batch.
    void finish() noexcept {
        if (size_ < worthwhile)
            recover_one_by_one();
        else
            recover_together();
        size_ = 0;
    }

private:
    void recover_one_by_one() noexcept {
        for (std::size_t i = 0; i < size_; ++i)
            *outs_[i] = recover_address(inputs_[i]->hash, inputs_[i]->signature);
    }

    void recover_together() noexcept {
        divide_by_r();
        std::fill(tasks_.begin() + static_cast<std::ptrdiff_t>(size_), tasks_.end(), tasks_[0]);
        const auto results = secp256k1::recover8(tasks_);
        std::array<PublicKey, lanes> keys;
        for (std::size_t i = 0; i < size_; ++i) {
            results[i].key.x.to_be_bytes(keys[i].data());
            results[i].key.y.to_be_bytes(keys[i].data() + 32);
        }
        std::array<ByteView, lanes> views;
        std::ranges::copy(keys, views.begin());
        std::array<Hash32, lanes> hashes;
        keccak256_batch(std::span{views}.first(size_), std::span{hashes}.first(size_));
        for (std::size_t i = 0; i < size_; ++i) {
            switch (results[i].status) {
                case RecoverStatus::found:
                    *outs_[i] = Address::from(std::span{hashes[i].bytes}.last<20>());
                    break;
                case RecoverStatus::no_such_point: break;
                case RecoverStatus::undecided:
                    *outs_[i] = recover_address(inputs_[i]->hash, inputs_[i]->signature);
                    break;
            }
        }
    }

    /// Divides the scalars of each task by its r, with one inversion for all (Montgomery's trick).
    void divide_by_r() noexcept {
        std::array<uint256, lanes> before;  // the product of the rs before this one
        uint256 all = 1;
        for (std::size_t i = 0; i < size_; ++i) {
            before[i] = all;
            all = mulmod(all, rs_[i], SECP256K1N);
        }
        auto inverse = secp256k1::inverse_modulo_order(all);
        for (std::size_t i = size_; i-- > 0;) {
            const auto r_inverse = mulmod(inverse, before[i], SECP256K1N);
            inverse = mulmod(inverse, rs_[i], SECP256K1N);
            tasks_[i].a = mulmod(tasks_[i].a, r_inverse, SECP256K1N);
            tasks_[i].b = mulmod(tasks_[i].b, r_inverse, SECP256K1N);
        }
    }

    std::size_t size_ = 0;
    std::array<const SignedHash*, lanes> inputs_{};
    std::array<std::optional<Address>*, lanes> outs_{};
    std::array<uint256, lanes> rs_;
    std::array<RecoverTask, lanes> tasks_;
};

}  // namespace

void recover_addresses(std::span<const SignedHash> inputs,
                       std::span<std::optional<Address>> out) noexcept {
    META138_ASSERT(inputs.size() == out.size());
    if (!secp256k1::has_recover8()) {
        for (std::size_t i = 0; i < inputs.size(); ++i)
            out[i] = recover_address(inputs[i].hash, inputs[i].signature);
        return;
    }
    Batch batch;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        batch.add(inputs[i], out[i]);
        if (batch.size() == lanes) batch.finish();
    }
    batch.finish();
}

}  // namespace meta138::crypto
