// SPDX-License-Identifier: Apache-2.0
#include "deploy_command.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/operator/deploy.hpp"
#include "meta138/operator/deploy_key.hpp"
#include "meta138/operator/genesis_alloc.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace meta138::app {

namespace {

struct Arguments {
    std::string plan;
    std::vector<std::string> urls{"http://127.0.0.1:8545"};
    std::string ws_url;
    std::string key_file;
    std::string keystore;
    std::string password_file;
    std::string from;
    std::string manifest = "manifest.json";
    std::string name = "Meta138";
    unsigned timeout_seconds = 120;
    unsigned replace_seconds = 20;
    unsigned patience_seconds = 0;
    bool dry_run = false;
    bool json = false;
    bool genesis_alloc = false;
};

// Exit code 2: as CLI11 has it for what is wrong on the command line.
[[noreturn]] void refuse(const std::string& what) {
    throw CLI::ValidationError{"deploy", what};
}

op::DeploySender sender_of(const Arguments& arguments) {
    if (!arguments.from.empty()) {
        const auto address = decode_fixed_hex<Address>(arguments.from);
        if (!address) refuse(fmt::format("--from: {} is no address", arguments.from));
        return *address;
    }
    auto key = arguments.keystore.empty()
                   ? op::read_key_file(arguments.key_file)
                   : op::read_keystore(arguments.keystore, arguments.password_file);
    if (!key) refuse(key.error());
    return *std::move(key);
}

void tell(const op::DeployStep& step) {
    auto line = fmt::format("{:<11}{}", op::to_string(step.action), step.subject);
    if (!step.detail.empty()) line += ": " + step.detail;
    if (step.address) line += " at " + to_hex(step.address->bytes);
    if (step.gas_used != 0) line += fmt::format(", {} gas", step.gas_used);
    fmt::print(stderr, "{}\n", line);
}

void run(const Arguments& arguments) {
    if (arguments.genesis_alloc) {
        fmt::print("{}", op::alloc_to_json(op::genesis_alloc()));
        return;
    }
    if (arguments.key_file.empty() && arguments.keystore.empty() && arguments.from.empty())
        refuse(
            "who deploys? --key-file FILE, --keystore FILE --password-file FILE, or --from "
            "ADDRESS for an account that the endpoint signs for");
    op::DeployOptions options;
    options.endpoints = arguments.urls;
    options.manifest = arguments.manifest;
    options.dry_run = arguments.dry_run;
    options.transaction_timeout = std::chrono::seconds{arguments.timeout_seconds};
    options.replace_after = std::chrono::seconds{arguments.replace_seconds};
    options.timelock_patience = std::chrono::seconds{arguments.patience_seconds};
    if (!arguments.plan.empty()) {
        auto plan = op::read_deploy_plan(arguments.plan);
        if (!plan) refuse(plan.error().reason);
        options.plan = *std::move(plan);
    }
    options.sender = sender_of(arguments);

    const auto outcome = op::deploy(options, tell);
    if (!outcome) throw std::runtime_error{outcome.error().reason};
    if (arguments.json) {
        fmt::print("{}", op::to_json(*outcome));
        return;
    }
    if (!arguments.dry_run)
        fmt::print("{}", op::to_text(outcome->manifest, {.name = arguments.name,
                                                         .http_url = arguments.urls.front(),
                                                         .ws_url = arguments.ws_url}));
    if (outcome->changed_nothing())
        fmt::print(stderr, "{}\n",
                   arguments.dry_run ? "Nothing was sent (--dry-run)."
                                     : "Nothing was missing: no transaction was sent.");
}

}  // namespace

void add_deploy_command(CLI::App& program) {
    auto* const deploy =
        program.add_subcommand("deploy", "Put the standard contracts and feeds on a running chain");
    const auto arguments = std::make_shared<Arguments>();
    deploy->add_option("PLAN", arguments->plan,
                       "TOML file that says what should be there; without one, the standard "
                       "contracts and what feeds need, but no feed");
    deploy->add_option("--url", arguments->urls, "JSON-RPC endpoints of the chain, in order")
        ->capture_default_str();
    deploy->add_option("--ws-url", arguments->ws_url, "WebSocket URL, only to be printed");
    auto* const key = deploy->add_option("--key-file", arguments->key_file,
                                         "File with the private key of who deploys (mode 600)");
    auto* const keystore =
        deploy->add_option("--keystore", arguments->keystore, "V3 keystore with that key");
    auto* const password = deploy->add_option("--password-file", arguments->password_file,
                                              "File whose first line is the keystore's password");
    auto* const from = deploy->add_option(
        "--from", arguments->from, "Account that the endpoint signs for (eth_sendTransaction)");
    keystore->needs(password)->excludes(key)->excludes(from);
    from->excludes(key);
    deploy->add_option("--manifest", arguments->manifest, "Where to write what is where")
        ->capture_default_str();
    deploy->add_option("--name", arguments->name, "What wallets are to call the chain")
        ->capture_default_str();
    deploy
        ->add_option("--timeout", arguments->timeout_seconds,
                     "Seconds until a transaction has to be in a block")
        ->check(CLI::Range(1, 86'400))
        ->capture_default_str();
    deploy
        ->add_option("--replace-after", arguments->replace_seconds,
                     "Seconds until a transaction that is in no block is sent again for an eighth "
                     "more; 0: never")
        ->check(CLI::Range(0, 86'400))
        ->capture_default_str();
    deploy
        ->add_option("--patience", arguments->patience_seconds,
                     "Seconds to wait for the timelock; what takes longer is for a later run")
        ->check(CLI::Range(0, 86'400))
        ->capture_default_str();
    deploy->add_flag("--dry-run", arguments->dry_run, "Say what would be done, and do nothing");
    deploy->add_flag("--json", arguments->json, "Print JSON");
    deploy->add_flag("--genesis-alloc", arguments->genesis_alloc,
                     "Print the alloc of a genesis file with the standard contracts, and end");
    deploy->footer(
        "Running it again changes nothing; after an interruption it goes on where it stopped.\n"
        "Exit code: 0 done, 1 failed, 2 wrong options or plan.");
    deploy->callback([arguments] { run(*arguments); });
}

}  // namespace meta138::app
