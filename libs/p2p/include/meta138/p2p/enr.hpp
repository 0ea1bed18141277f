// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/p2p/ip_address.hpp"
#include "meta138/types/fork_id.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace meta138::p2p {

/// EIP-778: a record is at most that long, encoded.
inline constexpr std::size_t max_record_bytes = 300;

/// Why bytes or a text are no node record.
enum class RecordError : std::uint8_t {
    missing_prefix,   ///< A text without "enr:".
    bad_base64,       ///< Not base64url without padding.
    too_large,        ///< More than max_record_bytes.
    malformed,        ///< Not rlp([signature, seq, k, v, ...]).
    unsorted_keys,    ///< Keys not in order, or one twice.
    unknown_scheme,   ///< Its "id" is not "v4".
    bad_public_key,   ///< No "secp256k1" entry, or not a point of the curve.
    wrong_signature,  ///< Not signed by that key.
};

std::string_view to_string(RecordError error) noexcept;

/// A signed node record (EIP-778) of the identity scheme "v4". Always valid: it exists only if its
/// signature is right.
class NodeRecord {
public:
    [[nodiscard]] static std::expected<NodeRecord, RecordError> decode(ByteView encoded);
    /// The text form, "enr:" and base64url.
    [[nodiscard]] static std::expected<NodeRecord, RecordError> parse(std::string_view text);

    [[nodiscard]] std::uint64_t sequence() const noexcept { return sequence_; }
    [[nodiscard]] const crypto::PublicKey& key() const noexcept { return key_; }
    [[nodiscard]] ByteView encoded() const noexcept { return encoded_; }
    [[nodiscard]] std::string text() const;

    // The entries with a known meaning; absent if there are none, or none of the right form.

    [[nodiscard]] std::optional<IpAddress> ip() const;
    [[nodiscard]] std::optional<IpAddress> ip6() const;
    [[nodiscard]] std::optional<std::uint16_t> tcp() const;
    [[nodiscard]] std::optional<std::uint16_t> udp() const;
    /// Without one of its own, `tcp` and `udp` apply to both addresses.
    [[nodiscard]] std::optional<std::uint16_t> tcp6() const;
    [[nodiscard]] std::optional<std::uint16_t> udp6() const;
    /// Entry `eth` (devp2p enr-entries/eth.md): [[hash, next], ...].
    [[nodiscard]] std::optional<ForkId> fork_id() const;

    /// The encoded value of an entry.
    [[nodiscard]] std::optional<ByteView> find(std::string_view key) const;

    friend bool operator==(const NodeRecord& a, const NodeRecord& b) noexcept {
        return a.encoded_ == b.encoded_;
    }

private:
    friend class LocalRecord;
    NodeRecord() = default;

    Bytes encoded_;
    std::uint64_t sequence_ = 0;
    crypto::PublicKey key_;
    // Encoded values.
    std::map<std::string, Bytes, std::less<>> entries_;
};

/// What a node says of itself.
struct RecordContent {
    std::optional<IpAddress> ip{};
    std::optional<IpAddress> ip6{};
    std::uint16_t tcp = 0;  ///< 0: not said. So with all ports.
    std::uint16_t udp = 0;
    std::uint16_t tcp6 = 0;  ///< Said only where it is not `tcp`; so with udp6.
    std::uint16_t udp6 = 0;
    std::optional<ForkId> fork_id{};

    friend bool operator==(const RecordContent&, const RecordContent&) = default;
};

/// Our own record. Its sequence number grows whenever its content changes.
class LocalRecord {
public:
    /// `stored` is the record of an earlier run: taken over if it says the same, else the new one's
    /// number is the next. `key` outlives this object.
    LocalRecord(const crypto::SecretKey& key, const RecordContent& content,
                const std::optional<NodeRecord>& stored, std::uint64_t first_sequence = 1);

    [[nodiscard]] const NodeRecord& record() const noexcept { return record_; }
    [[nodiscard]] const RecordContent& content() const noexcept { return content_; }
    /// False if nothing changed.
    bool update(const RecordContent& content);

private:
    [[nodiscard]] NodeRecord sign(std::uint64_t sequence) const;

    const crypto::SecretKey* key_;
    RecordContent content_;
    NodeRecord record_;
};

}  // namespace meta138::p2p
