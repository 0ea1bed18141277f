// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/p2p/snap.hpp"
#include "meta138/storage/snapshot.hpp"

#include <cstddef>
#include <cstdint>

namespace meta138::sync {

// Answers to the requests of snap/1 from one snapshot of the database; pure functions for any
// thread. States of the last served_states blocks are served, the head's included; of others the
// answer is empty (caps/snap.md). Throw storage::IoError.

/// As caps/snap.md wants; every retention keeps that many.
inline constexpr std::uint64_t served_states = 128;

// What one request costs at most; more than that is answered in part.

/// An answer ends with the item that reaches this, whatever the request allows: what geth asks for
/// at once.
inline constexpr std::size_t soft_snap_bytes = std::size_t{512} << 10;
inline constexpr std::size_t max_served_accounts = 512;  ///< Whose storage is looked up.
inline constexpr std::size_t max_served_codes = 1024;    ///< Looked up, found or not.
inline constexpr std::size_t max_served_nodes = 1024;    ///< Looked up, found or not.

/// AccountRange. The proof is there even if the range is the whole state: geth and Besu want it.
[[nodiscard]] Bytes serve_account_range(const storage::Snapshot& chain,
                                        const p2p::snap::GetAccountRange& request);
/// StorageRanges. Empty if the state lacks one of the accounts.
[[nodiscard]] Bytes serve_storage_ranges(const storage::Snapshot& chain,
                                         const p2p::snap::GetStorageRanges& request);
/// ByteCodes: unknown ones are left out.
[[nodiscard]] Bytes serve_byte_codes(const storage::Snapshot& chain,
                                     const p2p::snap::GetByteCodes& request);
/// TrieNodes. Where the trie has no node the answer has empty bytes, as geth's has; of an account
/// that does not exist, nothing.
[[nodiscard]] Bytes serve_trie_nodes(const storage::Snapshot& chain,
                                     const p2p::snap::GetTrieNodes& request);

}  // namespace meta138::sync
