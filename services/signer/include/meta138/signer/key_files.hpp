// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <cstddef>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// What files say about where keys are; nothing here opens a key.
namespace meta138::signer {

/// How a file with a password is read.
enum class PasswordForm : std::uint8_t {
    first_line,  ///< EthSigner's, and Web3Signer's `file-keystore`.
    whole_file,  ///< Web3Signer's bulk loading; one line end at the end is not part of it.
};

/// A V3 keystore and the file with its password.
struct KeystoreReference {
    std::filesystem::path keystore_file;
    std::filesystem::path password_file;
    PasswordForm password_form = PasswordForm::first_line;
};

/// A private key or a password as a file spells it. Wipes itself, is not copied by accident.
class SecretText {
public:
    SecretText() = default;
    explicit SecretText(std::string text) noexcept : text_{std::move(text)} {}
    SecretText(SecretText&& other) noexcept : text_{std::exchange(other.text_, {})} {}
    SecretText& operator=(SecretText&& other) noexcept;
    ~SecretText();
    SecretText(const SecretText&) = delete;
    SecretText& operator=(const SecretText&) = delete;

    [[nodiscard]] std::string_view reveal() const noexcept { return text_; }

private:
    void wipe() noexcept;
    std::string text_;
};

/// A private key that stands in the file itself: 64 hexadecimal digits, with or without 0x, if the
/// file is right.
struct RawKey {
    SecretText digits;
};

/// A key of a kind that needs a device or service which this program does not speak to yet.
struct UnsupportedKey {
    std::string type;  ///< `hashicorp`, `azure-key`, ...
};

/// One key that a file names.
struct KeyReference {
    std::variant<KeystoreReference, RawKey, UnsupportedKey> what;
    std::filesystem::path file;        ///< The file that names it.
    std::size_t line = 0;              ///< Where in it, from 1; 0 for a file that is one key.
    std::optional<Address> address{};  ///< What the file says the key's address is.
};

/// What is wrong, where: "keys.yaml:7: keystoreFile is missing".
struct KeyFileError {
    std::filesystem::path file;
    std::size_t line = 0;  ///< From 1; 0 for the file as a whole.
    std::string reason;

    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const KeyFileError&, const KeyFileError&) = default;
};

/// What a file with several keys holds: those that are right, and what is wrong with others.
struct KeyFileContent {
    std::vector<KeyReference> keys;
    std::vector<KeyFileError> errors;
};

inline constexpr std::size_t max_documents_per_file = 100'000;

/// Web3Signer's key configuration: YAML documents with `type` and `keyType`. Those of another
/// keyType than SECP256K1 are left out silently, and so are those without one where Web3Signer's
/// default is BLS. Paths are relative to `directory`. `text` is the content of `file`.
[[nodiscard]] KeyFileContent decode_key_config(std::string_view text,
                                               const std::filesystem::path& file,
                                               const std::filesystem::path& directory);

/// EthSigner's multikey configuration: TOML with a table `signing`. The address is the last 40
/// digits of the file's name; a relative path starts in the folder of `file`.
[[nodiscard]] std::expected<KeyReference, KeyFileError> decode_multikey_file(
    std::string_view text, const std::filesystem::path& file);

/// The Web3Signer YAML that says what an EthSigner multikey file says, every type included. Secrets
/// in it stay in it: write it with the permissions of a key.
[[nodiscard]] std::expected<std::string, KeyFileError> convert_multikey_file(
    std::string_view text, const std::filesystem::path& file);

}  // namespace meta138::signer
