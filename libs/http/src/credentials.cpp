// SPDX-License-Identifier: Apache-2.0
#include "credentials.hpp"

#include "files.hpp"

#include "meta138/http/server.hpp"

#include <toml++/toml.h>

#include <algorithm>

namespace meta138::http {
namespace {

constexpr auto invalid_values = "RPC authentication configuration file contains invalid values.";

/// A file's entry of arrays: not empty, text alone.
std::vector<std::string> read_list(const toml::node& node) {
    const auto* array = node.as_array();
    if (!array || array->empty()) throw ConfigurationError{invalid_values};
    std::vector<std::string> result;
    for (const auto& element : *array) {
        const auto text = element.value<std::string>();
        if (!text) throw ConfigurationError{invalid_values};
        result.push_back(*text);
    }
    return result;
}

Credential read_entry(const toml::table& table, std::string_view secret_name,
                      const char* missing_secret) {
    Credential result;
    for (const auto& [key, value] : table) {
        if (key == secret_name)
            result.secret = value.value_or(std::string{});
        else if (key == "privacyPublicKey")
            continue;  // of the privacy that Besu no longer has
        else if (key == "permissions")
            result.permissions = read_list(value);
        else
            read_list(value);  // groups, roles: checked, not used
    }
    if (result.secret.empty()) throw ConfigurationError{missing_secret};
    return result;
}

Credentials read_entries(const std::string& file, std::string_view section,
                         std::string_view secret_name, const char* missing_secret) {
    const auto text = read_file(file);
    toml::table document;
    try {
        document = toml::parse(text);
    } catch (const toml::parse_error& error) {
        // Where, but not what: the line may hold a secret.
        throw ConfigurationError{file + ":" + std::to_string(error.source().begin.line) +
                                 ": invalid TOML"};
    }
    Credentials result;
    const auto* entries = document[section].as_table();
    if (!entries) return result;
    for (const auto& [name, value] : *entries) {
        const auto* entry = value.as_table();
        if (!entry) throw ConfigurationError{invalid_values};
        result.emplace(std::string{name.str()}, read_entry(*entry, secret_name, missing_secret));
    }
    return result;
}

}  // namespace

Credentials read_users(const std::string& file) {
    return read_entries(file, "Users", "password", "RPC user specified without password.");
}

Credentials read_api_keys(const std::string& file) {
    return read_entries(file, "Keys", "sha256", "API key specified without sha256.");
}

}  // namespace meta138::http
