// SPDX-License-Identifier: Apache-2.0
#include "feed_under_test.hpp"
#include "gas_table.hpp"

#include "meta138/contracts/artifact.hpp"

#include <fmt/format.h>

#include <iterator>

namespace meta138::contracts {

namespace {

// What the networks of `meta138 network` run.
constexpr Fork fork = Fork::cancun;

constexpr std::string_view introduction = R"(# What the contracts' calls cost

Made by `scripts/gas`, which runs every function of every contract on Meta138's own machine; a
test compares. All figures are gas, under the rules of Cancun.

A *transaction*'s figure is all that its sender pays for: 21,000, the call data, the code, less
refunds. Slots are cold, as they are in a transaction of its own. A *read*'s figure is what the code
uses when a contract calls it, without the call itself (2,600 for an address that is cold, 100 for one
that is warm): cold is the first such call in a transaction, warm any later one. Feeds are called at
their proxy, whose part is included.
)";

std::string deployments(Chain& chain) {
    std::string text =
        "## Deployments\n\nA transaction that creates the contract; and its code's size, at most "
        "24,576 bytes.\n\n| Contract | Gas | Bytes |\n|---|---:|---:|\n";
    const Address nobody{{0x01}};
    const auto add = [&](std::string_view name, const Bytes& code) {
        const auto outcome = chain.send(account::deployer, std::nullopt, code);
        const auto size =
            outcome.created ? chain.state().code(*outcome.created).size() : std::size_t{0};
        fmt::format_to(std::back_inserter(text), "| {} | {} | {} |\n", name, outcome.gas_used,
                       size);
        return outcome.created.value_or(Address{});
    };
    const auto code_of = [](std::string_view name) {
        return to_bytes(artifact(name).creation_code);
    };
    const auto aggregator = add("Aggregator", code_of("Aggregator"));
    FeedParameters parameters;
    parameters.description = "ETH / USD";
    parameters.admin = account::admin;
    parameters.transmitters = {account::transmitter, account::second_transmitter};
    add("a feed (FeedProxy with two transmitters)", feed_creation_code(aggregator, parameters));
    add("FeedRegistry", registry_creation_code(account::admin));
    add("TimelockController", timelock_creation_code(3'600, {&nobody, 1}, {&nobody, 1}, {}));
    add("WETH9", code_of("WETH9"));
    add("Multicall3", code_of("Multicall3"));
    auto token = code_of("MintableToken");
    const auto arguments =
        encode_arguments("(string,string,uint8,address)",
                         {abi("Demonstration Dollar"), abi("DUSD"), abi(18), abi(account::admin)});
    token.insert(token.end(), arguments.begin(), arguments.end());
    add("MintableToken", token);
    add("SwapFactory", code_of("SwapFactory"));
    return text;
}

}  // namespace

GasReport measure_gas() {
    Chain chain{fork};
    GasReport report{.markdown = std::string{introduction}, .faults = {}};
    const auto add = [&](const GasSection& section) {
        report.markdown += "\n" + section.markdown();
        const auto faults = section.faults();
        report.faults.insert(report.faults.end(), faults.begin(), faults.end());
    };
    for (const auto& section : measure_feed(chain)) add(section);
    add(measure_registry(chain));
    add(measure_timelock(chain));
    for (const auto& section : measure_standard(chain)) add(section);
    for (const auto& section : measure_swaps(chain)) add(section);
    report.markdown += "\n" + deployments(chain);
    return report;
}

}  // namespace meta138::contracts
