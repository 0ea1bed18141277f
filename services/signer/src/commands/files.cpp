// SPDX-License-Identifier: Apache-2.0
#include "commands/files.hpp"

#include "meta138/signer/options.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace meta138::signer {
namespace {

constexpr std::size_t max_password_file_size = 4096;

[[noreturn]] void throw_unwritable(const std::filesystem::path& file, int error) {
    throw OptionError{fmt::format("{} cannot be written: {}", file.string(),
                                  std::generic_category().message(error))};
}

void write_all(int descriptor, std::string_view text, const std::filesystem::path& file) {
    while (!text.empty()) {
        const auto written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) throw_unwritable(file, errno);
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(descriptor) != 0) throw_unwritable(file, errno);
}

}  // namespace

std::string read_whole_file(const std::filesystem::path& file, std::size_t most) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    std::ifstream in{file, std::ios::binary};
    if (error || !in)
        throw OptionError{fmt::format("{} cannot be read: {}", file.string(),
                                      error ? error.message() : "no permission")};
    if (size > most)
        throw OptionError{fmt::format("{} is larger than {} bytes", file.string(), most)};
    return {std::istreambuf_iterator<char>{in}, {}};
}

SecretText read_password_file(const std::filesystem::path& file) {
    auto text = read_whole_file(file, max_password_file_size);
    text.resize(std::min(text.find_first_of("\r\n"), text.size()));
    if (text.empty())
        throw OptionError{
            fmt::format("The first line of {} is empty: it is the password", file.string())};
    return SecretText{std::move(text)};
}

void write_private_file(const std::filesystem::path& file, std::string_view text) {
    if (std::filesystem::exists(file))
        throw OptionError{fmt::format("{} exists already", file.string())};
    auto temporary = file;
    temporary += ".new";
    const int descriptor =
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (descriptor < 0) throw_unwritable(temporary, errno);
    try {
        write_all(descriptor, text, temporary);
    } catch (...) {
        ::close(descriptor);
        throw;
    }
    ::close(descriptor);
    std::filesystem::rename(temporary, file);
}

void make_folder(const std::filesystem::path& folder, std::string_view option) {
    std::error_code error;
    const bool is_new = !std::filesystem::exists(folder, error);
    std::filesystem::create_directories(folder, error);
    if (!std::filesystem::is_directory(folder))
        throw OptionError{fmt::format("--{}: {} cannot be used as a folder{}", option,
                                      folder.string(), error ? ": " + error.message() : "")};
    if (is_new) ::chmod(folder.c_str(), S_IRWXU);
}

}  // namespace meta138::signer
