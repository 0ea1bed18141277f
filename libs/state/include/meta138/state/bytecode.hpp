// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/types/account.hpp"

#include <memory>
#include <optional>

namespace meta138::state {

/// The code of an account with its hash: made once, then shared by everybody who runs it.
struct Bytecode {
    Bytes bytes;
    Hash32 hash = EMPTY_CODE_HASH;
    /// EIP-7702: where the account's code points, if `bytes` is a delegation designator.
    std::optional<Address> delegate;
};
using SharedBytecode = std::shared_ptr<const Bytecode>;

/// `bytes` with the hash and the delegation that follow from them.
[[nodiscard]] SharedBytecode make_bytecode(Bytes bytes);
/// As above, for bytes whose hash is known.
[[nodiscard]] SharedBytecode make_bytecode(Bytes bytes, const Hash32& hash);

/// The designated code 0xef0100 ++ address (EIP-7702).
[[nodiscard]] Bytes encode_delegation(const Address& delegate);
/// The address in a delegation designator; absent for any other code.
[[nodiscard]] std::optional<Address> find_delegate(ByteView code) noexcept;

}  // namespace meta138::state
