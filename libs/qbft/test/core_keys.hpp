// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/crypto/secp256k1.hpp"
#include "meta138/qbft/extra_data.hpp"
#include "meta138/types/block.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace meta138::qbft::test {

struct Key {
    Address address;
    std::function<crypto::Signature(const Hash32&)> sign;
};

/// The same in each test.
inline Key make_key(std::uint8_t number) {
    Hash32 bytes;
    bytes[31] = number;
    auto secret =
        std::make_shared<const crypto::SecretKey>(*crypto::SecretKey::from(ByteView{bytes.bytes}));
    return {.address = crypto::address_of(crypto::public_key(*secret)),
            .sign = [secret](const Hash32& hash) { return crypto::sign(hash, *secret); }};
}

/// Ascending by address.
inline std::vector<Key> make_keys(std::size_t count) {
    std::vector<Key> keys;
    for (std::size_t i = 0; i < count; ++i)
        keys.push_back(make_key(static_cast<std::uint8_t>(i + 1)));
    std::ranges::sort(keys, {}, &Key::address);
    return keys;
}

inline std::vector<Address> addresses_of(const std::vector<Key>& keys) {
    std::vector<Address> addresses;
    for (const auto& key : keys) addresses.push_back(key.address);
    return addresses;
}

inline Header genesis_header() {
    Header header;
    header.difficulty = 1;
    header.gas_limit = 30'000'000;
    header.timestamp = 1'700'000'000;
    header.extra_data = encode_extra_data({.vanity = Bytes(32)});
    return header;
}

/// A child of `parent` without transactions; `salt` makes it another one.
inline Block make_block(const Header& parent, const Address& coinbase,
                        const std::vector<Address>& validators, std::uint64_t timestamp,
                        std::uint32_t round = 0, std::uint8_t salt = 0) {
    Block block;
    block.header.parent_hash = on_chain_hash(parent);
    block.header.coinbase = coinbase;
    block.header.state_root[0] = salt;
    block.header.difficulty = 1;
    block.header.number = parent.number + 1;
    block.header.gas_limit = parent.gas_limit;
    block.header.timestamp = timestamp;
    block.header.extra_data =
        encode_extra_data({.vanity = Bytes(32), .validators = validators, .round = round});
    return block;
}

}  // namespace meta138::qbft::test
