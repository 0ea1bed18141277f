// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/manifest.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

namespace meta138::op {

namespace {

class Descriptor {
public:
    explicit Descriptor(int value) noexcept : value_{value} {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (value_ >= 0) ::close(value_);
    }
    [[nodiscard]] bool is_open() const noexcept { return value_ >= 0; }
    [[nodiscard]] bool sync() const noexcept { return ::fsync(value_) == 0; }
    [[nodiscard]] bool write(std::string_view text) const noexcept {
        while (!text.empty()) {
            const auto count = ::write(value_, text.data(), text.size());
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0) return false;
            text.remove_prefix(static_cast<std::size_t>(count));
        }
        return true;
    }

private:
    int value_;
};

bool write_whole(const std::filesystem::path& path, std::string_view text) {
    const Descriptor file{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
    return file.is_open() && file.write(text) && file.sync();
}

}  // namespace

std::expected<void, ManifestError> write_manifest(const Manifest& manifest,
                                                  const std::filesystem::path& path) {
    auto partial = path;
    partial += ".partial";
    const auto folder_path = path.has_parent_path() ? path.parent_path() : ".";
    bool is_written =
        write_whole(partial, to_json(manifest)) && ::rename(partial.c_str(), path.c_str()) == 0;
    if (is_written) {
        // The new name is on disk when the folder is.
        const Descriptor folder{::open(folder_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        is_written = folder.is_open() && folder.sync();
    }
    if (is_written) return {};
    const int error = errno;
    return std::unexpected{
        ManifestError{fmt::format("{}: cannot write it: {}", path.string(), std::strerror(error))}};
}

}  // namespace meta138::op
