// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/codec/rlp/decode_error.hpp"
#include "meta138/p2p/capability.hpp"
#include "meta138/types/account.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>
#include <vector>

/// The messages of snap/1 (devp2p caps/snap.md): ranges of accounts and storage slots with proofs,
/// codes, and nodes of tries.
///
/// Payloads as a Session takes and gives them: without code, not compressed. Decoders are strict
/// about form, and refuse more items than the limits below before they decode them.
namespace meta138::p2p::snap {

inline constexpr std::string_view name = "snap";
inline constexpr std::uint64_t version = 1;
/// As Besu reserves; the specification uses the first eight.
inline constexpr std::uint8_t message_count = 17;

enum class Code : std::uint8_t {
    get_account_range = 0x00,
    account_range = 0x01,
    get_storage_ranges = 0x02,
    storage_ranges = 0x03,
    get_byte_codes = 0x04,
    byte_codes = 0x05,
    get_trie_nodes = 0x06,
    trie_nodes = 0x07,
};

[[nodiscard]] OfferedCapability capability();

/// A request has an even code; the code of its answer is the next.
[[nodiscard]] constexpr bool is_request(std::uint8_t code) noexcept {
    return code <= static_cast<std::uint8_t>(Code::get_trie_nodes) && code % 2 == 0;
}
[[nodiscard]] constexpr bool is_answer(std::uint8_t code) noexcept {
    return code <= static_cast<std::uint8_t>(Code::trie_nodes) && code % 2 == 1;
}

// What decoders accept at most in one message. Everywhere the Session's limit on bytes holds too.

inline constexpr std::size_t max_requested_hashes = 4096;  ///< Accounts, or codes.
inline constexpr std::size_t max_requested_paths = 4096;   ///< Of all sets of a request together.
inline constexpr std::size_t max_path_bytes = 64;          ///< A path of a trie has at most 33.
inline constexpr std::size_t max_answer_items = std::size_t{1} << 17;
inline constexpr std::size_t max_proof_nodes = 1024;

struct GetAccountRange {
    std::uint64_t request_id = 0;
    Hash32 root{};    ///< Of the state.
    Hash32 origin{};  ///< The first account wanted, if there is one.
    Hash32 limit{};   ///< The answer ends with the first account at or after it.
    std::uint64_t max_bytes = 0;

    friend bool operator==(const GetAccountRange&, const GetAccountRange&) = default;
};

struct GetStorageRanges {
    std::uint64_t request_id = 0;
    Hash32 root{};  ///< Of the state.
    std::vector<Hash32> accounts{};
    Hash32
        origin{};  ///< For the first account, as is `limit`; zero when the request leaves it out.
    Hash32 limit = highest;  ///< The highest of all when the request leaves it out.
    std::uint64_t max_bytes = 0;

    static constexpr Hash32 highest = [] {
        Hash32 hash;
        hash.bytes.fill(0xff);
        return hash;
    }();

    friend bool operator==(const GetStorageRanges&, const GetStorageRanges&) = default;
};

struct GetByteCodes {
    std::uint64_t request_id = 0;
    std::vector<Hash32> hashes{};
    std::uint64_t max_bytes = 0;

    friend bool operator==(const GetByteCodes&, const GetByteCodes&) = default;
};

struct GetTrieNodes {
    std::uint64_t request_id = 0;
    Hash32 root{};  ///< Of the state.
    /// One element: a path of the state trie. More: the hash of an account's address, then paths of
    /// its storage trie. Paths in hex-prefix encoding. A set without elements is an error.
    using PathSet = std::vector<Bytes>;
    std::vector<PathSet> paths{};
    std::uint64_t max_bytes = 0;

    friend bool operator==(const GetTrieNodes&, const GetTrieNodes&) = default;
};

/// What a trie has under a hash: of an account its slim form, of a slot the RLP of its value.
struct Leaf {
    Hash32 hash{};
    Bytes body{};

    friend bool operator==(const Leaf&, const Leaf&) = default;
};

struct AccountRange {
    std::uint64_t request_id = 0;
    std::vector<Leaf> accounts{};
    std::vector<Bytes> proof{};

    friend bool operator==(const AccountRange&, const AccountRange&) = default;
};

struct StorageRanges {
    std::uint64_t request_id = 0;
    std::vector<std::vector<Leaf>> slots{};  ///< One list for each account.
    std::vector<Bytes> proof{};              ///< Of the last of them.

    friend bool operator==(const StorageRanges&, const StorageRanges&) = default;
};

/// ByteCodes, TrieNodes.
struct Blobs {
    std::uint64_t request_id = 0;
    std::vector<Bytes> items{};

    friend bool operator==(const Blobs&, const Blobs&) = default;
};

template <typename T>
using Decoded = std::expected<T, rlp::DecodeError>;

Decoded<GetAccountRange> decode_get_account_range(ByteView payload);
Bytes encode_get_account_range(const GetAccountRange& request);
/// `origin` and `limit` may be shorter than a hash, as if zeros were before them.
Decoded<GetStorageRanges> decode_get_storage_ranges(ByteView payload);
Bytes encode_get_storage_ranges(const GetStorageRanges& request);
Decoded<GetByteCodes> decode_get_byte_codes(ByteView payload);
Bytes encode_get_byte_codes(const GetByteCodes& request);
Decoded<GetTrieNodes> decode_get_trie_nodes(ByteView payload);
Bytes encode_get_trie_nodes(const GetTrieNodes& request);

/// Bodies of accounts are lists of some kind: decode_slim_account() looks into them.
Decoded<AccountRange> decode_account_range(ByteView payload);
Bytes encode_account_range(const AccountRange& answer);
Decoded<StorageRanges> decode_storage_ranges(ByteView payload);
Bytes encode_storage_ranges(const StorageRanges& answer);
Decoded<Blobs> decode_blobs(ByteView payload);
Bytes encode_blobs(const Blobs& answer);

/// An account with the root of its storage.
struct SlimAccount {
    Account account{};
    Hash32 storage_root = EMPTY_TRIE_ROOT;

    friend bool operator==(const SlimAccount&, const SlimAccount&) = default;
};
/// rlp([nonce, balance, storage root, code hash]), the empty root and the hash of no code being
/// empty strings.
Bytes encode_slim_account(const SlimAccount& account);
Decoded<SlimAccount> decode_slim_account(ByteView encoded);

}  // namespace meta138::p2p::snap
