// SPDX-License-Identifier: Apache-2.0
// meta138-ibft2-chain GENESIS FILE KEY...
//
// Writes the IBFT 2 blocks of a chain that goes on with QBFT, all up to config.qbft.startBlock, as
// a file for `meta138-node import`. KEY is a file with a validator's private key, in hex.
#include "old_network.hpp"
#include "random.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/blockchain/chain_file.hpp"
#include "meta138/qbft/config.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace meta138;

std::string read_file(const std::string& path) {
    std::ifstream in{path};
    if (!in) throw std::runtime_error{"cannot be read: " + path};
    return {std::istreambuf_iterator<char>{in}, {}};
}

simulation::Identity read_key(const std::string& path) {
    auto text = read_file(path);
    std::erase_if(text, [](char c) { return c == '\n' || c == '\r'; });
    const auto bytes = decode_hex(text);
    if (!bytes) throw std::runtime_error{"not a key: " + path};
    auto key = crypto::SecretKey::from(*bytes);
    if (!key) throw std::runtime_error{"not a key: " + path};
    const auto address = crypto::address_of(crypto::public_key(*key));
    return {.key = std::move(*key), .address = address};
}

void write_chain(std::span<const std::string> arguments) {
    if (arguments.size() < 3) throw std::runtime_error{"GENESIS FILE KEY..."};
    const auto genesis = parse_genesis(read_file(arguments[0]));
    if (!genesis) throw std::runtime_error{to_string(genesis.error())};
    const auto config = qbft::parse_config(*genesis);
    if (!config) throw std::runtime_error{to_string(config.error())};
    if (!*config || (*config)->start_block == 0)
        throw std::runtime_error{"config.qbft.startBlock is missing"};
    std::vector<simulation::Identity> keys;
    for (const auto& path : arguments.subspan(2)) keys.push_back(read_key(path));

    simulation::Random random{1};
    simulation::OldNetwork network{*genesis, **config, keys, random, std::nullopt};
    std::chrono::seconds time{genesis->timestamp};
    while (network.head() + 1 < (*config)->start_block) network.on_time(++time);
    const auto view = network.chain().view();
    const auto written = blockchain::export_chain_file(*view, arguments[1], {.to = network.head()});
    if (!written) throw std::runtime_error{written.error().reason};
    fmt::print("{} blocks\n", network.head());
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const std::vector<std::string> arguments{argv + 1, argv + argc};
        write_chain(arguments);
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        fmt::print(stderr, "meta138-ibft2-chain: {}\n", error.what());
        return EXIT_FAILURE;
    }
}
