// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/signer/signer.hpp"

#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace meta138::signer {

/// One key that can sign.
struct Key {
    Address address;
    std::shared_ptr<const Signer> signer;
    std::string source;  ///< The file, and within it the line, that names the key.
};

/// The keys of a moment. Immutable, so any thread may read it.
class KeySet {
public:
    KeySet() = default;
    /// Of two keys with one address the first counts.
    explicit KeySet(std::vector<Key> keys);

    /// Sorted by address.
    [[nodiscard]] std::span<const Key> keys() const noexcept { return keys_; }
    /// Null if there is none.
    [[nodiscard]] const Key* find(const Address& address) const noexcept;
    [[nodiscard]] const Key* find(const crypto::PublicKey& public_key) const noexcept;

private:
    std::vector<Key> keys_;
    std::unordered_map<Address, std::size_t> by_address_;
};

}  // namespace meta138::signer
