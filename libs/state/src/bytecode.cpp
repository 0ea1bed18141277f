// SPDX-License-Identifier: Apache-2.0
#include "meta138/state/bytecode.hpp"

#include "meta138/crypto/keccak.hpp"

#include <algorithm>
#include <array>

namespace meta138::state {

namespace {

constexpr std::array<std::uint8_t, 3> EOA_DELEGATION_MARKER{0xef, 0x01, 0x00};
constexpr std::size_t EOA_DELEGATED_CODE_LENGTH = 23;

}  // namespace

SharedBytecode make_bytecode(Bytes bytes) {
    const auto hash = bytes.empty() ? EMPTY_CODE_HASH : crypto::keccak256(bytes);
    return make_bytecode(std::move(bytes), hash);
}

SharedBytecode make_bytecode(Bytes bytes, const Hash32& hash) {
    const auto delegate = find_delegate(bytes);
    return std::make_shared<const Bytecode>(Bytecode{std::move(bytes), hash, delegate});
}

Bytes encode_delegation(const Address& delegate) {
    Bytes code{EOA_DELEGATION_MARKER.begin(), EOA_DELEGATION_MARKER.end()};
    code.insert(code.end(), delegate.begin(), delegate.end());
    return code;
}

std::optional<Address> find_delegate(ByteView code) noexcept {
    if (code.size() != EOA_DELEGATED_CODE_LENGTH ||
        !std::ranges::equal(code.first(EOA_DELEGATION_MARKER.size()), EOA_DELEGATION_MARKER))
        return std::nullopt;
    return Address::from(code.subspan<EOA_DELEGATION_MARKER.size(), Address::size()>());
}

}  // namespace meta138::state
