// SPDX-License-Identifier: Apache-2.0
#include "data_directory.hpp"

#include "meta138/base/hex.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <iterator>
#include <system_error>

namespace meta138::node {
namespace {

constexpr std::string_view version = "0.1.0";

std::string read_small_file(const std::filesystem::path& file) {
    constexpr std::size_t limit = 4096;
    std::ifstream in{file, std::ios::binary};
    std::string text(limit, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    return text;
}

void write_file(const std::filesystem::path& file, const std::string& text) {
    std::ofstream out{file, std::ios::binary | std::ios::trunc};
    out << text;
    out.close();
    if (!out)
        throw OptionError{
            fmt::format("Unable to write {}: check that its folder exists, that it "
                        "may be written, and that the disk is not full",
                        file.string())};
}

std::array<unsigned, 3> version_numbers(std::string_view text) {
    std::array<unsigned, 3> numbers{};
    const char* at = text.data();
    const char* const end = at + text.size();
    for (auto& number : numbers) {
        at = std::from_chars(at, end, number).ptr;
        if (at == end || *at != '.') break;
        ++at;
    }
    return numbers;
}

void refuse_besus_database(const std::filesystem::path& path) {
    if (std::filesystem::exists(path / "DATABASE_METADATA.json"))
        throw OptionError{fmt::format(
            "{} holds a database of Besu's, which this program cannot read. Export its blocks with "
            "`besu blocks export`, start with another --data-path, and import them there",
            path.string())};
}

void refuse_newer(const std::filesystem::path& file, bool protect) {
    if (!std::filesystem::exists(file)) return;
    const auto json = nlohmann::json::parse(read_small_file(file), nullptr, false);
    if (!json.is_object() || !json.contains("meta138Version") ||
        !json["meta138Version"].is_string())
        return;
    const auto written = json["meta138Version"].get<std::string>();
    if (protect && version_numbers(written) > version_numbers(version))
        throw OptionError{fmt::format(
            "The data was last used by version {}, and this is {}: start that one, or accept the "
            "risk with --version-compatibility-protection=false",
            written, version)};
}

[[noreturn]] void throw_key_error(const std::filesystem::path& file, std::string_view what) {
    throw OptionError{fmt::format("The node's private key file {} {}", file.string(), what)};
}

crypto::SecretKey create_key(const std::filesystem::path& file) {
    auto key = crypto::SecretKey::generate();
    const auto text = to_hex(key.reveal());
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0)
        throw_key_error(file,
                        fmt::format("cannot be made: {}", std::generic_category().message(errno)));
    const bool written =
        ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        ::fsync(descriptor) == 0;
    ::close(descriptor);
    if (!written) throw_key_error(file, "cannot be written: is the disk full?");
    return key;
}

Bytes read_secret(const std::filesystem::path& file) {
    constexpr std::size_t size = 32;
    auto text = read_small_file(file);
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    auto bytes = text.starts_with("0x") ? decode_hex(text) : decode_hex_digits(text);
    if (!bytes || bytes->size() != size)
        throw_key_error(file, "is not one line of 64 hexadecimal digits");
    return *std::move(bytes);
}

}  // namespace

std::string load_engine_secret(const std::filesystem::path& file, bool may_create) {
    if (!std::filesystem::exists(file)) {
        if (!may_create) throw OptionError{"JWT secret file doesn't exist: " + file.string()};
        create_key(file);
    }
    const auto secret = read_secret(file);
    return {secret.begin(), secret.end()};
}

crypto::SecretKey load_node_key(const std::filesystem::path& file, bool may_create) {
    if (!std::filesystem::exists(file)) {
        if (!may_create) throw OptionError{"Private key file doesn't exist: " + file.string()};
        return create_key(file);
    }
    auto key = crypto::SecretKey::from(read_secret(file));
    if (!key) throw_key_error(file, "holds no private key of secp256k1");
    return std::move(*key);
}

DataDirectory::DataDirectory(const Options& options)
    : path_{options.data_path}, pid_file_{options.pid_file}, is_kept_{!options.storage.in_memory} {
    if (is_kept_) {
        std::error_code error;
        std::filesystem::create_directories(path_, error);
        if (!std::filesystem::is_directory(path_))
            throw OptionError{fmt::format("--data-path: {} cannot be used as a folder{}{}",
                                          path_.string(), error ? ": " : "",
                                          error ? error.message() : "")};
        refuse_besus_database(path_);
        refuse_newer(path_ / "VERSION_METADATA.json", options.version_protection);
        write_file(path_ / "VERSION_METADATA.json",
                   fmt::format("{{\"meta138Version\":\"{}\"}}\n", version));
    }
    if (!pid_file_.empty()) write_file(pid_file_, fmt::format("{}\n", ::getpid()));
}

DataDirectory::~DataDirectory() {
    std::error_code ignored;
    if (!pid_file_.empty()) std::filesystem::remove(pid_file_, ignored);
    if (!is_kept_) return;
    std::filesystem::remove(path_ / "besu.ports", ignored);
    std::filesystem::remove(path_ / "besu.networks", ignored);
}

void DataDirectory::write_ports(const ListeningPorts& ports, const std::string& host) const {
    if (!is_kept_) return;
    std::string text = "#This file contains the ports used by the running instance\n";
    if (ports.discovery != 0) text += fmt::format("discovery={}\n", ports.discovery);
    if (ports.p2p != 0) text += fmt::format("p2p={}\n", ports.p2p);
    if (ports.http != 0) text += fmt::format("json-rpc={}\n", ports.http);
    if (ports.websocket != 0) text += fmt::format("ws-rpc={}\n", ports.websocket);
    if (ports.engine != 0) text += fmt::format("engine-json-rpc={}\n", ports.engine);
    if (ports.metrics != 0) text += fmt::format("metrics={}\n", ports.metrics);
    write_file(path_ / "besu.ports", text);
    write_file(path_ / "besu.networks",
               fmt::format("#This file contains the addresses of the running instance\n"
                           "local-ip={}\n",
                           host));
}

}  // namespace meta138::node
