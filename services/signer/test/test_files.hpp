// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/hex.hpp"
#include "meta138/crypto/keystore.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/signer/keystore_file.hpp"

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace meta138::signer::test {

/// A folder that goes away with its test.
class TemporaryFolder {
public:
    TemporaryFolder() {
        auto name = (std::filesystem::temp_directory_path() / "meta138-signer-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    [[nodiscard]] std::filesystem::path operator/(std::string_view name) const {
        return path_ / name;
    }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    /// Writes a file that only its owner may read.
    std::filesystem::path write(std::string_view name, std::string_view text) const {
        const auto file = path_ / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream{file, std::ios::binary | std::ios::trunc} << text;
        std::filesystem::permissions(
            file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
        return file;
    }

private:
    std::filesystem::path path_;
};

inline std::string read_text(const std::filesystem::path& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

/// A key of a test: 31 bytes of 1 and a number.
inline crypto::SecretKey key_number(std::uint16_t number) {
    Hash32 bytes;
    bytes.bytes.fill(1);
    bytes[30] = static_cast<std::uint8_t>(number >> 8);
    bytes[31] = static_cast<std::uint8_t>(number);
    return *crypto::SecretKey::from(bytes.bytes);
}

inline Address address_number(std::uint16_t number) {
    return crypto::address_of(crypto::public_key(key_number(number)));
}

/// A V3 keystore that costs next to nothing to open.
inline std::string cheap_keystore(std::uint16_t number, std::string_view password) {
    const auto keystore =
        crypto::encrypt_keystore(key_number(number), as_bytes(password), {.n = 2, .r = 8, .p = 1});
    return encode_keystore(keystore, address_number(number));
}

}  // namespace meta138::signer::test
