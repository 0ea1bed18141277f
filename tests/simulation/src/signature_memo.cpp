// SPDX-License-Identifier: Apache-2.0
#include "signature_memo.hpp"

#include "meta138/crypto/secp256k1.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

// What the linker calls the functions in libs/crypto, and those that stand in for them.
// NOLINTBEGIN(readability-identifier-naming)
#define META138_RECOVER_ADDRESS \
    "_ZN7meta1386crypto15recover_addressERKNS_10FixedBytesILm32EEES4_S4_h"
#define META138_RECOVER_ADDRESSES                                                              \
    "_ZN7meta1386crypto17recover_addressesESt4spanIKNS0_10SignedHashELm18446744073709551615EE" \
    "S1_ISt8optionalINS_10FixedBytesILm20EEEELm18446744073709551615EE"
#define META138_SIGN "_ZN7meta1386crypto4signERKNS_10FixedBytesILm32EEERKNS0_9SecretKeyE"

namespace meta138::simulation {

using OptionalAddress = std::optional<Address>;

OptionalAddress real_recover_address(const Hash32& hash, const Hash32& r, const Hash32& s,
                                     std::uint8_t y_parity) noexcept
    __asm__("__real_" META138_RECOVER_ADDRESS);
OptionalAddress wrapped_recover_address(const Hash32& hash, const Hash32& r, const Hash32& s,
                                        std::uint8_t y_parity) noexcept
    __asm__("__wrap_" META138_RECOVER_ADDRESS);
void real_recover_addresses(std::span<const crypto::SignedHash> inputs,
                            std::span<OptionalAddress> out) noexcept
    __asm__("__real_" META138_RECOVER_ADDRESSES);
void wrapped_recover_addresses(std::span<const crypto::SignedHash> inputs,
                               std::span<OptionalAddress> out) noexcept
    __asm__("__wrap_" META138_RECOVER_ADDRESSES);
crypto::Signature real_sign(const Hash32& hash, const crypto::SecretKey& secret) noexcept
    __asm__("__real_" META138_SIGN);
crypto::Signature wrapped_sign(const Hash32& hash, const crypto::SecretKey& secret) noexcept
    __asm__("__wrap_" META138_SIGN);

namespace {

std::atomic<bool> is_memo_on{true};
constexpr std::size_t max_entries = 100'000;

struct SignatureHash {
    std::size_t operator()(const crypto::SignedHash& input) const noexcept {
        std::size_t r = 0;
        std::size_t hash = 0;
        std::memcpy(&r, input.signature.r.bytes.data(), sizeof r);
        std::memcpy(&hash, input.hash.bytes.data(), sizeof hash);
        return r ^ hash;
    }
};
struct SameInput {
    bool operator()(const crypto::SignedHash& a, const crypto::SignedHash& b) const noexcept {
        return a.hash == b.hash && a.signature == b.signature;
    }
};
using Memo = std::unordered_map<crypto::SignedHash, OptionalAddress, SignatureHash, SameInput>;

Memo& memo() {
    thread_local Memo answers;
    if (answers.size() >= max_entries) answers.clear();
    return answers;
}

Address signer_of(const crypto::SecretKey& secret) {
    thread_local std::map<Hash32, Address> signers;
    Hash32 key;
    std::ranges::copy(secret.reveal(), key.bytes.begin());
    const auto [at, is_new] = signers.try_emplace(key);
    if (is_new) at->second = crypto::address_of(crypto::public_key(secret));
    return at->second;
}

}  // namespace

void set_signature_memo(bool is_on) noexcept {
    is_memo_on = is_on;
}

OptionalAddress wrapped_recover_address(const Hash32& hash, const Hash32& r, const Hash32& s,
                                        std::uint8_t y_parity) noexcept {
    if (!is_memo_on) return real_recover_address(hash, r, s, y_parity);
    const auto [at, is_new] =
        memo().try_emplace({.hash = hash, .signature = {.r = r, .s = s, .y_parity = y_parity}});
    if (is_new) at->second = real_recover_address(hash, r, s, y_parity);
    return at->second;
}

void wrapped_recover_addresses(std::span<const crypto::SignedHash> inputs,
                               std::span<OptionalAddress> out) noexcept {
    if (!is_memo_on) return real_recover_addresses(inputs, out);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const auto& [hash, signature] = inputs[i];
        out[i] = wrapped_recover_address(hash, signature.r, signature.s, signature.y_parity);
    }
}

crypto::Signature wrapped_sign(const Hash32& hash, const crypto::SecretKey& secret) noexcept {
    const auto signature = real_sign(hash, secret);
    if (is_memo_on)
        memo().insert_or_assign({.hash = hash, .signature = signature}, signer_of(secret));
    return signature;
}

}  // namespace meta138::simulation
// NOLINTEND(readability-identifier-naming)
