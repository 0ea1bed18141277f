// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/signer/nonce_journal.hpp"

#include <cstddef>
#include <cstdint>

// The records of docs/formats/signer-nonces.md.
namespace meta138::signer {

enum class RecordType : std::uint8_t {
    signed_ = 1,
    accepted = 2,
    released = 3,
    settled = 4,
    named = 5
};

/// Length and checksum; type, chain and account.
inline constexpr std::size_t record_head_size = 4 + 8;
inline constexpr std::size_t record_body_head_size = 1 + 8 + 20;
/// Bodies are never longer: transactions are bounded far below.
inline constexpr std::size_t max_record_body = std::size_t{1} << 20;

constexpr std::uint64_t signed_record_size(std::size_t raw_size) noexcept {
    return record_head_size + record_body_head_size + 8 + 32 + raw_size;
}

inline constexpr std::uint64_t named_record_size =
    record_head_size + record_body_head_size + 1 + 3 * 32;

/// How the file begins.
[[nodiscard]] Bytes journal_header();

[[nodiscard]] Bytes encode_signed(const NonceAccount& account, std::uint64_t nonce,
                                  const Hash32& hash, ByteView raw);
[[nodiscard]] Bytes encode_accepted(const NonceAccount& account, const Hash32& hash);
[[nodiscard]] Bytes encode_released(const NonceAccount& account, const Hash32& hash);
[[nodiscard]] Bytes encode_settled(const NonceAccount& account, std::uint64_t below);
/// `is_signed`: else its signed record follows.
[[nodiscard]] Bytes encode_named(const NonceAccount& account, const RequestName& request,
                                 const Hash32& hash, bool is_signed);

/// The file that says all of `content`, and no more.
[[nodiscard]] Bytes encode_journal(const JournalContent& content);

}  // namespace meta138::signer
