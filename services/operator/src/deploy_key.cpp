// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/deploy_key.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/signer/key_files.hpp"
#include "meta138/signer/keystore_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <string_view>

namespace meta138::op {

namespace {

using signer::SecretText;

constexpr std::size_t max_secret_size = std::size_t{64} << 10;

struct Closed {
    int descriptor;
    ~Closed() { ::close(descriptor); }
};

std::unexpected<std::string> fault(const std::filesystem::path& path, std::string_view what) {
    return std::unexpected{fmt::format("{}: {}", path.string(), what)};
}

std::expected<SecretText, std::string> read_secret(const std::filesystem::path& path,
                                                   bool is_for_owner_alone) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return fault(path, "there is no such file, or it cannot be read");
    const Closed closed{descriptor};
    struct stat status{};
    if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode))
        return fault(path, "is no file");
    if (is_for_owner_alone && (status.st_mode & 077) != 0)
        return fault(path, "others may read it; chmod 600 it, and take another key if they did");
    if (static_cast<std::size_t>(status.st_size) > max_secret_size)
        return fault(path, "is larger than 64 KiB");
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const auto count = ::read(descriptor, text.data() + size, text.size() - size);
        if (count <= 0) break;
        size += static_cast<std::size_t>(count);
    }
    text.resize(size);
    return SecretText{std::move(text)};
}

std::string_view first_line(std::string_view text) {
    text = text.substr(0, text.find('\n'));
    if (text.ends_with('\r')) text.remove_suffix(1);
    return text;
}

}  // namespace

std::expected<crypto::SecretKey, std::string> read_key_file(const std::filesystem::path& path) {
    TRY_LET(const auto text, read_secret(path, true));
    auto digits = first_line(text.reveal());
    if (digits.starts_with("0x")) digits.remove_prefix(2);
    std::array<std::uint8_t, 32> bytes{};
    bool is_hex = digits.size() == 64;
    for (std::size_t i = 0; is_hex && i < bytes.size(); ++i) {
        const auto high = hex_digit_value(digits[2 * i]);
        const auto low = hex_digit_value(digits[2 * i + 1]);
        is_hex = high < 16 && low < 16;
        bytes[i] = static_cast<std::uint8_t>(high << 4 | (low & 15));
    }
    auto key = is_hex ? crypto::SecretKey::from(bytes) : std::nullopt;
    OPENSSL_cleanse(bytes.data(), bytes.size());
    if (!key) return fault(path, "its first line is no private key of 64 hexadecimal digits");
    return *std::move(key);
}

std::expected<crypto::SecretKey, std::string> read_keystore(
    const std::filesystem::path& path, const std::filesystem::path& password_file) {
    TRY_LET(const auto json, read_secret(path, false));
    const auto keystore = signer::decode_keystore(json.reveal());
    if (!keystore) return fault(path, keystore.error());
    TRY_LET(const auto password, read_secret(password_file, false));
    auto key = crypto::decrypt_keystore(*keystore, as_bytes(first_line(password.reveal())));
    if (!key) return fault(path, crypto::to_string(key.error()));
    return *std::move(key);
}

}  // namespace meta138::op
