// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/network/network_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace meta138::op {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& file, std::string_view what) {
    throw NetworkError{
        fmt::format("{}: cannot {} it: {}", file.string(), what, std::strerror(errno))};
}

}  // namespace

void write_file(const std::filesystem::path& file, std::string_view text, bool is_secret) {
    auto partial = file;
    partial += ".partial";
    const int descriptor =
        ::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, is_secret ? 0600 : 0644);
    if (descriptor < 0) refuse(file, "write");
    bool is_written = true;
    while (!text.empty() && is_written) {
        const auto count = ::write(descriptor, text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        is_written = count > 0;
        if (is_written) text.remove_prefix(static_cast<std::size_t>(count));
    }
    is_written = is_written && ::fsync(descriptor) == 0;
    ::close(descriptor);
    if (!is_written || ::rename(partial.c_str(), file.c_str()) != 0) refuse(file, "write");
}

std::string read_file(const std::filesystem::path& file) {
    std::ifstream in{file, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{in}, {}};
    if (!in) refuse(file, "read");
    return text;
}

}  // namespace meta138::op
