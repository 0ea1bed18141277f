// SPDX-License-Identifier: Apache-2.0
#include "sources/file_question.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace meta138::oracle {

namespace {
constexpr std::int64_t max_file_size = 1 << 20;
}

std::expected<Answer, std::string> ask_file(const FileQuestion& question) {
    const auto refuse = [](std::string_view reason) {
        return std::unexpected{fmt::format("the file {}", reason)};
    };
    struct stat status{};
    if (::stat(question.path.c_str(), &status) != 0)
        return refuse(errno == ENOENT ? "does not exist" : "cannot be read");
    if (!S_ISREG(status.st_mode)) return refuse("is no regular file");
    if (status.st_size > max_file_size) return refuse("is larger than 1 MiB");
    std::ifstream in{question.path, std::ios::binary};
    std::string text(static_cast<std::size_t>(max_file_size), '\0');
    in.read(text.data(), max_file_size);
    if (!in.eof() && in.fail()) return refuse("cannot be read");
    text.resize(static_cast<std::size_t>(in.gcount()));
    const auto changed = std::chrono::seconds{status.st_mtim.tv_sec} +
                         std::chrono::nanoseconds{status.st_mtim.tv_nsec};
    return Answer{.text = std::move(text),
                  .changed = std::chrono::duration_cast<milliseconds>(changed)};
}

}  // namespace meta138::oracle
