// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace meta138::crypto {

/// HKDF with SHA-256 (RFC 5869): `size` bytes of key material, at most 255 * 32.
[[nodiscard]] Bytes hkdf_sha256(ByteView key_material, ByteView salt, ByteView info,
                                std::size_t size);

/// The one-step concatenation KDF with SHA-256 (NIST SP 800-56A section 5.8.1), as ECIES
/// in RLPx takes it: `size` bytes.
[[nodiscard]] Bytes concat_kdf_sha256(ByteView shared_secret, ByteView other_info,
                                      std::size_t size);

/// PBKDF2 with HMAC-SHA-256 (RFC 8018 section 5.2): `size` bytes after at least one iteration.
[[nodiscard]] Bytes pbkdf2_hmac_sha256(ByteView password, ByteView salt, std::uint32_t iterations,
                                       std::size_t size);

/// The cost of scrypt (RFC 7914): 128 * n * r bytes of memory, n * r * p of time.
struct ScryptCost {
    std::uint64_t n = 0;  ///< A power of two above 1.
    std::uint32_t r = 0;
    std::uint32_t p = 0;
};

/// The memory that scrypt() takes at most. Key files in use ask for 256 MiB (n 2^18, r 8).
inline constexpr std::uint64_t max_scrypt_memory = std::uint64_t{1} << 30;

/// scrypt (RFC 7914): `size` bytes. Absent if the cost is not one, or takes more memory than
/// max_scrypt_memory.
[[nodiscard]] std::optional<Bytes> scrypt(ByteView password, ByteView salt, const ScryptCost& cost,
                                          std::size_t size);

}  // namespace meta138::crypto
