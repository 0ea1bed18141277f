// SPDX-License-Identifier: Apache-2.0
#include "log/log_file.hpp"

#include "meta138/signer/durable_log.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <system_error>

namespace meta138::signer {
namespace {

[[noreturn]] void fail(const std::filesystem::path& file, std::string_view what) {
    throw LogError{
        fmt::format("{} {}: {}", file.string(), what, std::generic_category().message(errno))};
}

bool write_all(int descriptor, ByteView bytes) {
    while (!bytes.empty()) {
        const auto put = ::write(descriptor, bytes.data(), bytes.size());
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(put));
    }
    return true;
}

}  // namespace

int lock_log(const std::filesystem::path& file) {
    const auto path = file.string() + ".lock";
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) fail(path, "cannot be made");
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return descriptor;
    ::close(descriptor);
    throw LogError{fmt::format(
        "{} is in use by another process: two signers with one file would use nonces twice. Stop "
        "the other one, or give this one another folder",
        file.string())};
}

int open_log(const std::filesystem::path& file) {
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (descriptor < 0) fail(file, "cannot be opened for writing");
    return descriptor;
}

Bytes read_end(const std::filesystem::path& file, std::size_t max_size) {
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        if (errno == ENOENT) return {};
        fail(file, "cannot be read");
    }
    struct stat status{};
    const bool known = ::fstat(descriptor, &status) == 0;
    const auto size = known ? static_cast<std::size_t>(status.st_size) : 0;
    const auto begin = size - std::min(size, max_size);
    Bytes bytes(size - begin);
    std::size_t done = 0;
    while (done < bytes.size()) {
        const auto got = ::pread(descriptor, bytes.data() + done, bytes.size() - done,
                                 static_cast<off_t>(begin + done));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        done += static_cast<std::size_t>(got);
    }
    ::close(descriptor);
    if (!known || done < bytes.size()) fail(file, "cannot be read");
    return bytes;
}

int replace_log(const std::filesystem::path& file, ByteView content) {
    const auto temporary = file.string() + ".new";
    ::unlink(temporary.c_str());
    const int descriptor = open_log(temporary);
    if (!write_all(descriptor, content) || ::fsync(descriptor) != 0 ||
        ::rename(temporary.c_str(), file.c_str()) != 0) {
        const auto error = errno;
        ::close(descriptor);
        errno = error;
        fail(file, "cannot be written anew");
    }
    try {
        sync_folder(file);
    } catch (const LogError&) {
        ::close(descriptor);
        return -1;
    }
    return descriptor;
}

void replace_file(const std::filesystem::path& file, ByteView content) {
    const int descriptor = replace_log(file, content);
    if (descriptor < 0) fail(file, "cannot be made durable");
    ::close(descriptor);
}

void sync_folder(const std::filesystem::path& file) {
    const auto folder = file.has_parent_path() ? file.parent_path().string() : ".";
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool done = descriptor >= 0 && ::fsync(descriptor) == 0;
    if (descriptor >= 0) ::close(descriptor);
    if (!done) fail(folder, "cannot be synced");
}

}  // namespace meta138::signer
