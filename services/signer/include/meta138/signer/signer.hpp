// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/crypto/secp256k1.hpp"

#include <cstdint>
#include <expected>
#include <memory>
#include <string>

namespace meta138::signer {

/// Why there is no signature. Never holds a secret.
struct SignError {
    enum class Kind : std::uint8_t {
        unavailable,  ///< The device or vault does not answer; the same call may work later.
        refused,      ///< It answered, and does not sign.
    };
    Kind kind = Kind::unavailable;
    std::string reason;
};

/// A key that signs, wherever it lives: in this process, in an HSM, in a vault.
///
/// The public key is known from the start. sign() may take as long as the device does and blocks
/// its thread; any thread may call it, several at once.
class Signer {
public:
    virtual ~Signer() = default;
    [[nodiscard]] virtual const crypto::PublicKey& public_key() const noexcept = 0;
    /// A signature of `hash` with a low s and the right parity.
    [[nodiscard]] virtual std::expected<crypto::Signature, SignError> sign(
        const Hash32& hash) const = 0;
    /// Whether sign() takes microseconds: then it may run on the thread that asks.
    [[nodiscard]] virtual bool is_immediate() const noexcept = 0;
};

/// Pages for secret keys that are neither swapped out nor written into a core dump, as far as the
/// system lets us (RLIMIT_MEMLOCK). Slots are given back and used again. Any thread.
class SecretPages {
public:
    SecretPages();
    ~SecretPages();
    SecretPages(const SecretPages&) = delete;
    SecretPages& operator=(const SecretPages&) = delete;

    /// The place where `key` lives from now on.
    [[nodiscard]] crypto::SecretKey* keep(crypto::SecretKey key);
    /// Wipes the key and frees its place.
    void release(crypto::SecretKey* key) noexcept;

    /// Whether every page is locked into memory.
    [[nodiscard]] bool is_locked() const noexcept;

private:
    struct Pages;
    std::unique_ptr<Pages> pages_;
};

/// A key in this process's memory.
class LocalSigner final : public Signer {
public:
    LocalSigner(crypto::SecretKey key, std::shared_ptr<SecretPages> pages);
    ~LocalSigner() override;
    LocalSigner(const LocalSigner&) = delete;
    LocalSigner& operator=(const LocalSigner&) = delete;

    [[nodiscard]] const crypto::PublicKey& public_key() const noexcept override {
        return public_key_;
    }
    [[nodiscard]] std::expected<crypto::Signature, SignError> sign(
        const Hash32& hash) const override;
    [[nodiscard]] bool is_immediate() const noexcept override { return true; }

private:
    std::shared_ptr<SecretPages> pages_;
    crypto::SecretKey* key_;
    crypto::PublicKey public_key_;
};

/// Forbids core dumps of this process and its being traced by others of the same user; for the
/// program to call before it loads keys. False if the system refuses.
bool disable_core_dumps() noexcept;

}  // namespace meta138::signer
