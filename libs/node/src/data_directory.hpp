// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/node/node.hpp"
#include "meta138/node/options.hpp"

#include <filesystem>
#include <string>

namespace meta138::node {

/// The folder of --data-path, laid out as Besu's: `key`, `database/`, `VERSION_METADATA.json`, and
/// `besu.ports` and `besu.networks` while the node runs.
class DataDirectory {
public:
    /// Makes the folder if need be; takes note of this program's version. Throws OptionError: it
    /// cannot be written, it was last used by a newer version, it holds Besu's database.
    explicit DataDirectory(const Options& options);
    ~DataDirectory();
    DataDirectory(const DataDirectory&) = delete;
    DataDirectory& operator=(const DataDirectory&) = delete;

    [[nodiscard]] std::filesystem::path database() const { return path_ / "database"; }

    /// For scripts that ask where a node listens.
    void write_ports(const ListeningPorts& ports, const std::string& host) const;

private:
    std::filesystem::path path_;
    std::filesystem::path pid_file_;
    bool is_kept_ = true;  // not a development chain's in memory
};

/// The node's key: one line of 64 digits, 0x or not. Made, readable by its owner alone, if the file
/// does not exist and `may_create`. Throws OptionError.
crypto::SecretKey load_node_key(const std::filesystem::path& file, bool may_create);

/// The secret that the Engine API shares with a consensus client: 32 bytes, in the file as
/// load_node_key()'s. Throws OptionError.
std::string load_engine_secret(const std::filesystem::path& file, bool may_create);

}  // namespace meta138::node
