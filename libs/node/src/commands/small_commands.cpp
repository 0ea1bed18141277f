// SPDX-License-Identifier: Apache-2.0
#include "commands/commands.hpp"
#include "data_directory.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/http/authentication.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <iostream>

namespace meta138::node {

int run_validate_config(const CommandLine& line) {
    if (line.options.config_file.empty())
        throw OptionError{"Missing required option: '--config-file=<FILE>'"};
    // As Besu: the verdict is in the text, and the exit code is 0 either way.
    try {
        validate_config_file(line.options.config_file);
        fmt::print(
            "TOML config file is valid on basic inspection. Further dependencies between related "
            "options are checked when the node starts.\n");
    } catch (const OptionError& error) {
        fmt::print("{}\n", error.what());
    }
    return 0;
}

int run_public_key_export(const CommandLine& line) {
    const bool is_default = line.options.node_key_file == line.options.data_path / "key";
    const auto secret = load_node_key(line.options.node_key_file, is_default);
    const auto key = crypto::public_key(secret);
    const auto text =
        line.command == "public-key export-address" ? to_hex(crypto::address_of(key)) : to_hex(key);
    const auto to = line.command_options.find("to");
    if (to == line.command_options.end()) {
        fmt::print("{}\n", text);
        return 0;
    }
    std::ofstream out{to->second};
    out << text;
    out.close();
    if (!out) throw OptionError{fmt::format("Unable to write {}", to->second)};
    return 0;
}

int run_password_hash(const CommandLine& line) {
    std::string password;
    if (const auto given = line.command_options.find("password");
        given != line.command_options.end())
        password = given->second;
    else
        std::getline(std::cin, password);
    if (password.empty()) throw OptionError{"Which password? Give it with --password or write it"};
    const auto hash = http::bcrypt_hash(password);
    if (!hash) throw OptionError{"A password has at most 72 bytes, and none of them is zero"};
    fmt::print("{}\n", *hash);
    return 0;
}

}  // namespace meta138::node
