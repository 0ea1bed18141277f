// SPDX-License-Identifier: Apache-2.0
#include "meta138/codec/rlp/writer.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/evm/evm.hpp"

namespace meta138::evm {
namespace {

Address last_20_bytes(const Hash32& hash) noexcept {
    return Address::from(std::span{hash.bytes}.last<20>());
}

}  // namespace

Address create_address(const Address& sender, std::uint64_t nonce) {
    return last_20_bytes(crypto::keccak256(rlp::encode_list(sender, nonce)));
}

Address create2_address(const Address& sender, const Hash32& salt, const Hash32& init_code_hash) {
    std::array<std::uint8_t, 1 + 20 + 32 + 32> preimage{0xff};
    auto* const after_sender = std::ranges::copy(sender, preimage.begin() + 1).out;
    auto* const after_salt = std::ranges::copy(salt, after_sender).out;
    std::ranges::copy(init_code_hash, after_salt);
    return last_20_bytes(crypto::keccak256(preimage));
}

}  // namespace meta138::evm
