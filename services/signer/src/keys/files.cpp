// SPDX-License-Identifier: Apache-2.0
#include "keys/files.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/crypto/sha256.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

namespace meta138::signer {
namespace {

class Descriptor {
public:
    explicit Descriptor(const std::filesystem::path& file)
        : number_{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)} {}
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int number() const noexcept { return number_; }

private:
    int number_;
};

std::string last_error() {
    return std::generic_category().message(errno);
}

// Grows in place never: a reallocation would leave a copy of the secret behind.
std::optional<std::string> read_all(int file, std::size_t expected, std::size_t max_size) {
    std::string text(std::min(expected + 1, max_size + 1), '\0');
    std::size_t done = 0;
    while (done < text.size()) {
        const auto got = ::read(file, text.data() + done, text.size() - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return std::nullopt;
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    text.resize(done);
    return text;
}

}  // namespace

void SecretText::wipe() noexcept {
    ::explicit_bzero(text_.data(), text_.capacity());
}

SecretText::~SecretText() {
    wipe();
}

SecretText& SecretText::operator=(SecretText&& other) noexcept {
    if (this != &other) {
        wipe();
        text_ = std::exchange(other.text_, {});
    }
    return *this;
}

std::expected<SecretFile, std::string> read_secret_file(const std::filesystem::path& file,
                                                        std::size_t max_size) {
    const Descriptor descriptor{file};
    if (descriptor.number() < 0)
        return std::unexpected{errno == ENOENT ? "does not exist"
                                               : fmt::format("cannot be opened: {}", last_error())};
    struct stat status{};
    if (::fstat(descriptor.number(), &status) != 0)
        return std::unexpected{fmt::format("cannot be looked at: {}", last_error())};
    if (!S_ISREG(status.st_mode)) return std::unexpected{"is not a file"};
    if (static_cast<std::uint64_t>(status.st_size) > max_size)
        return std::unexpected{fmt::format("has more than {} bytes", max_size)};
    auto text = read_all(descriptor.number(), static_cast<std::size_t>(status.st_size), max_size);
    if (!text) return std::unexpected{fmt::format("cannot be read: {}", last_error())};
    if (text->size() > max_size) return std::unexpected{"grows while it is read"};
    SecretFile result{.text = SecretText{*std::exchange(text, std::nullopt)},
                      .stamp = {.modified = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 +
                                            status.st_mtim.tv_nsec,
                                .size = static_cast<std::uint64_t>(status.st_size),
                                .hash = {}},
                      .is_readable_by_others = (status.st_mode & (S_IRGRP | S_IROTH)) != 0};
    result.stamp.hash = crypto::sha256(as_bytes(result.text.reveal()));
    return result;
}

std::expected<std::vector<std::filesystem::path>, std::string> list_files(
    const std::filesystem::path& directory, std::initializer_list<std::string_view> extensions) {
    std::error_code error;
    std::vector<std::filesystem::path> files;
    for (auto at = std::filesystem::directory_iterator{directory, error};
         !error && at != std::filesystem::directory_iterator{}; at.increment(error)) {
        const auto& path = at->path();
        // A name that starts with a dot belongs to editors, and to Kubernetes' own bookkeeping.
        if (path.filename().string().starts_with('.')) continue;
        const auto extension = path.extension().string();
        if (std::ranges::find(extensions, extension) == extensions.end()) continue;
        std::error_code ignored;
        if (at->is_regular_file(ignored)) files.push_back(path);
    }
    if (error) return std::unexpected{fmt::format("cannot be listed: {}", error.message())};
    std::ranges::sort(files);
    return files;
}

std::string_view password_in(std::string_view text, PasswordForm form) noexcept {
    if (form == PasswordForm::first_line) {
        text = text.substr(0, text.find('\n'));
    } else if (text.ends_with('\n')) {
        text.remove_suffix(1);
    }
    if (text.ends_with('\r')) text.remove_suffix(1);
    return text;
}

std::expected<crypto::SecretKey, std::string> decode_raw_key(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    text.remove_prefix(std::min(text.find_first_not_of(blank), text.size()));
    text = text.substr(0, text.find_last_not_of(blank) + 1);
    if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
    const auto is_digit = [](char digit) { return hex_digit_value(digit) < 16; };
    if (text.size() != 64 || !std::ranges::all_of(text, is_digit))
        return std::unexpected{"is not one line of 64 hexadecimal digits"};
    std::array<std::uint8_t, 32> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::uint8_t>(hex_digit_value(text[2 * i]) << 4 |
                                             hex_digit_value(text[2 * i + 1]));
    auto key = crypto::SecretKey::from(bytes);
    ::explicit_bzero(bytes.data(), bytes.size());
    if (!key) return std::unexpected{"is no private key of secp256k1: zero, or too large"};
    return *std::move(key);
}

}  // namespace meta138::signer
