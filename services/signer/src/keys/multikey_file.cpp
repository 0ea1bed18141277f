// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/signer/key_files.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <utility>

// EthSigner's multikey-signer: one TOML file a key.
namespace meta138::signer {
namespace {

template <typename T>
using Result = std::expected<T, KeyFileError>;

struct Signing {
    toml::table table;
    std::string type;
    std::filesystem::path file;
    std::size_t line = 0;

    [[nodiscard]] std::unexpected<KeyFileError> fault(std::string reason) const {
        return std::unexpected{
            KeyFileError{.file = file, .line = line, .reason = std::move(reason)}};
    }
    [[nodiscard]] std::optional<std::string> find(std::string_view name) const {
        const auto node = table[name];
        if (const auto text = node.value<std::string>()) return text;
        if (const auto number = node.value<std::int64_t>()) return std::to_string(*number);
        if (const auto flag = node.value<bool>()) return *flag ? "true" : "false";
        return std::nullopt;
    }
    [[nodiscard]] Result<std::string> require(std::string_view name) const {
        if (auto text = find(name)) return *std::move(text);
        return fault(fmt::format("signing.{} is missing", name));
    }
};

Result<Signing> decode_signing(std::string_view text, const std::filesystem::path& file) {
    try {
        auto root = toml::parse(text);
        auto* table = root["signing"].as_table();
        if (table == nullptr)
            return std::unexpected{
                KeyFileError{.file = file, .line = 0, .reason = "has no table [signing]"}};
        Signing signing{.table = {}, .type = {}, .file = file, .line = table->source().begin.line};
        signing.table = std::move(*table);
        TRY_LET(signing.type, signing.require("type"));
        return signing;
    } catch (const toml::parse_error& error) {
        return std::unexpected{
            KeyFileError{.file = file,
                         .line = error.source().begin.line,
                         .reason = fmt::format("not TOML: {}", error.description())}};
    }
}

// [prefix]<address without 0x>.toml
std::optional<Address> address_in(const std::filesystem::path& file) {
    const auto stem = file.stem().string();
    constexpr std::size_t digits = 2 * Address::size();
    if (stem.size() < digits) return std::nullopt;
    const auto address = decode_fixed_hex<Address>("0x" + stem.substr(stem.size() - digits));
    return address ? std::optional{*address} : std::nullopt;
}

struct Field {
    std::string_view from;
    std::string_view to;
};

// Any text as a YAML scalar in double quotes.
std::string yaml_quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (static_cast<unsigned char>(c) < 0x20) {
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        } else {
            out += c;
        }
    }
    return out + '"';
}

std::string fields_of(const Signing& signing, std::initializer_list<Field> fields) {
    std::string out;
    for (const auto& [from, to] : fields) {
        if (const auto value = signing.find(from))
            out += fmt::format("{}: {}\n", to, yaml_quoted(*value));
    }
    return out;
}

Result<std::string> convert_file_based(const Signing& signing) {
    TRY_LET(const auto key, signing.require("key-file"));
    TRY_LET(const auto password, signing.require("password-file"));
    const auto folder = std::filesystem::absolute(signing.file).parent_path();
    return fmt::format(
        "type: file-keystore\nkeyType: SECP256K1\nkeystoreFile: {}\nkeystorePasswordFile: {}\n",
        yaml_quoted((folder / key).string()), yaml_quoted((folder / password).string()));
}

std::string convert_hashicorp(const Signing& signing) {
    auto out = "type: hashicorp\nkeyType: SECP256K1\n" +
               fields_of(signing, {{"keyPath", "keyPath"},
                                   {"keyName", "keyName"},
                                   {"token", "token"},
                                   {"serverHost", "serverHost"},
                                   {"serverPort", "serverPort"},
                                   {"timeout", "timeout"},
                                   {"tlsTrustStorePath", "tlsKnownServersPath"}});
    // EthSigner's default is TLS, Web3Signer's is none.
    const auto tls = signing.find("tlsEnable").value_or("true");
    return out + fmt::format("tlsEnabled: {}\n", yaml_quoted(tls));
}

}  // namespace

std::expected<KeyReference, KeyFileError> decode_multikey_file(std::string_view text,
                                                               const std::filesystem::path& file) {
    TRY_LET(const auto signing, decode_signing(text, file));
    const auto address = address_in(file);
    if (!address)
        return std::unexpected{KeyFileError{
            .file = file,
            .line = 0,
            .reason = "its name does not end with an address: 40 hexadecimal digits and .toml"}};
    if (signing.type == "hashicorp-signer" || signing.type == "azure-signer")
        return KeyReference{.what = UnsupportedKey{signing.type},
                            .file = file,
                            .line = signing.line,
                            .address = address};
    if (signing.type != "file-based-signer")
        return signing.fault(fmt::format("no such signing.type: {}", signing.type));
    TRY_LET(const auto key, signing.require("key-file"));
    TRY_LET(const auto password, signing.require("password-file"));
    return KeyReference{.what = KeystoreReference{.keystore_file = file.parent_path() / key,
                                                  .password_file = file.parent_path() / password,
                                                  .password_form = PasswordForm::first_line},
                        .file = file,
                        .line = signing.line,
                        .address = address};
}

std::expected<std::string, KeyFileError> convert_multikey_file(std::string_view text,
                                                               const std::filesystem::path& file) {
    TRY_LET(const auto signing, decode_signing(text, file));
    if (signing.type == "file-based-signer") return convert_file_based(signing);
    if (signing.type == "hashicorp-signer") return convert_hashicorp(signing);
    if (signing.type == "azure-signer")
        return "type: azure-key\n" + fields_of(signing, {{"key-vault-name", "vaultName"},
                                                         {"key-name", "keyName"},
                                                         {"key-version", "keyVersion"},
                                                         {"client-id", "clientId"},
                                                         {"client-secret", "clientSecret"},
                                                         {"tenant-id", "tenantId"}});
    return signing.fault(fmt::format("no such signing.type: {}", signing.type));
}

}  // namespace meta138::signer
