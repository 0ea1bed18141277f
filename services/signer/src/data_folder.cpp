// SPDX-License-Identifier: Apache-2.0
#include "data_folder.hpp"

#include "meta138/signer/options.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

namespace meta138::signer {
namespace {

std::string system_text(int error) {
    return std::generic_category().message(error);
}

}  // namespace

DataFolder::DataFolder(std::filesystem::path path) : path_{std::move(path)} {
    std::error_code error;
    const bool is_new = !std::filesystem::exists(path_, error);
    std::filesystem::create_directories(path_, error);
    if (!std::filesystem::is_directory(path_))
        throw OptionError{fmt::format("--data-path: {} cannot be used as a folder{}{}",
                                      path_.string(), error ? ": " : "",
                                      error ? error.message() : "")};
    if (is_new) ::chmod(path_.c_str(), S_IRWXU);
    const auto file = path_ / "lock";
    lock_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (lock_ < 0)
        throw OptionError{fmt::format("--data-path: {} cannot be written: {}", file.string(),
                                      system_text(errno))};
    if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
        const auto reason = errno;
        ::close(lock_);
        throw OptionError{
            reason == EWOULDBLOCK
                ? fmt::format("--data-path: {} is in use by another meta138-signer; end it, or "
                              "name another folder (two signers with one account would give the "
                              "same nonces)",
                              path_.string())
                : fmt::format("--data-path: {} cannot be locked: {}", file.string(),
                              system_text(reason))};
    }
}

DataFolder::~DataFolder() {
    std::error_code ignored;
    std::filesystem::remove(path_ / "web3signer.ports", ignored);
    ::close(lock_);
}

void DataFolder::write_ports(std::uint16_t http, std::uint16_t metrics) const {
    const auto file = path_ / "web3signer.ports";
    const auto temporary = path_ / "web3signer.ports.new";
    {
        std::ofstream out{temporary, std::ios::trunc};
        out << "#This file contains the ports used by the running instance\n"
            << "http-port=" << http << '\n';
        if (metrics != 0) out << "metrics-port=" << metrics << '\n';
        out.close();
        if (!out) throw OptionError{fmt::format("{} cannot be written", temporary.string())};
    }
    std::filesystem::rename(temporary, file);
}

}  // namespace meta138::signer
