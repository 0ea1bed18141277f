// SPDX-License-Identifier: Apache-2.0
#include "commands/commands.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/json/writer.hpp"
#include "meta138/signer/key_store.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace meta138::signer {
namespace {

void print_table(const KeySet& keys, const KeyLoadReport& report) {
    fmt::print("{:<44}{}\n", "ADDRESS", "SOURCE");
    for (const auto& key : keys.keys())
        fmt::print("{:<44}{}\n", to_hex(key.address.bytes), key.source);
    fmt::print("{} keys\n", keys.keys().size());
    for (const auto& warning : report.warnings) fmt::print(stderr, "warning: {}\n", warning);
    for (const auto& failure : report.failed)
        fmt::print(stderr, "not loaded: {}\n", failure.to_string());
}

void print_json(const KeySet& keys, const KeyLoadReport& report) {
    std::string text;
    json::Writer out{text};
    out.open_object();
    out.key("keys").open_array();
    for (const auto& key : keys.keys()) {
        out.open_object();
        out.key("address").hex(key.address.bytes);
        out.key("publicKey").hex(key.signer->public_key().bytes);
        out.key("source").string(key.source);
        out.close_object();
    }
    out.close_array();
    out.key("failed").open_array();
    for (const auto& failure : report.failed) out.string(failure.to_string());
    out.close_array();
    out.key("warnings").open_array();
    for (const auto& warning : report.warnings) out.string(warning);
    out.close_array().close_object();
    fmt::print("{}\n", text);
}

}  // namespace

int run_keys_list(const CommandLine& line) {
    KeyStore store{line.options.keys, line.options.key_loading};
    const auto report = store.load();
    const auto keys = store.keys();
    if (has_flag(line, "json"))
        print_json(*keys, report);
    else
        print_table(*keys, report);
    return report.failed.empty() ? 0 : 1;
}

}  // namespace meta138::signer
