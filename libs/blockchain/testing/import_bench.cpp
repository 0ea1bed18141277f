// SPDX-License-Identifier: Apache-2.0
#include "meta138/blockchain/chain_file.hpp"
#include "meta138/test/generated_chain.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>

// How fast a chain of full blocks is imported, and where the time goes:
//
//     meta138_import_bench generate FOLDER WORKLOAD BLOCKS    writes genesis.json and chain.rlp
//     meta138_import_bench import FOLDER [DATABASE]           into a new database, or in memory

namespace meta138 {
namespace {

namespace fs = std::filesystem;
using Seconds = std::chrono::duration<double>;

const std::map<std::string, test::Workload> workloads{
    {"transfers", test::Workload::transfers},
    {"tokens", test::Workload::token_transfers},
    {"swaps", test::Workload::swaps},
    {"mixed", test::Workload::mixed},
};

storage::DatabaseOptions options_for(const fs::path& path) {
    storage::DatabaseOptions options;
    options.in_memory = path.empty();
    options.path = path;
    options.sync_every_block = false;
    return options;
}

int generate(const fs::path& folder, test::Workload workload, std::uint64_t blocks) {
    fs::create_directories(folder);
    test::ChainGenerator generator;
    std::ofstream{folder / "genesis.json"} << generator.genesis_json();
    std::ofstream out{folder / "chain.rlp", std::ios::binary};
    const auto consensus = blockchain::make_trusting_consensus(generator.genesis());
    const auto database = storage::Database::open(options_for({}));
    blockchain::Chain chain{*database, generator.genesis(), *consensus};
    for (std::uint64_t i = 0; i < blocks; ++i) {
        const auto block = generator.build(chain, workload);
        const auto encoded = encode_block(block->block);
        out.write(reinterpret_cast<const char*>(encoded.data()),
                  static_cast<std::streamsize>(encoded.size()));
        chain.append(block);
    }
    return out.flush() ? EXIT_SUCCESS : EXIT_FAILURE;
}

void print_share(std::string_view name, Seconds part, Seconds whole, std::uint64_t blocks) {
    fmt::print("  {:<24}{:>8.2f} ms a block {:>6.1f} %\n", name,
               part.count() * 1000 / static_cast<double>(blocks),
               part.count() * 100 / whole.count());
}

int import(const fs::path& folder, const fs::path& path) {
    std::ifstream in{folder / "genesis.json", std::ios::binary};
    const auto genesis = parse_genesis(std::string{std::istreambuf_iterator<char>{in}, {}});
    if (!genesis) {
        fmt::print(stderr, "{}\n", to_string(genesis.error()));
        return EXIT_FAILURE;
    }
    const auto consensus = blockchain::make_trusting_consensus(*genesis);
    const auto database = storage::Database::open(options_for(path));
    blockchain::Chain chain{*database, *genesis, *consensus};
    const auto start = std::chrono::steady_clock::now();
    const auto done = blockchain::import_chain_file(chain, folder / "chain.rlp");
    const Seconds time = std::chrono::steady_clock::now() - start;
    if (!done) {
        fmt::print(stderr, "{}\n", done.error().reason);
        return EXIT_FAILURE;
    }
    const auto count = [](std::uint64_t number) { return static_cast<double>(number); };
    fmt::print("{} blocks, {} transactions in {:.2f} s: {:.0f} Mgas/s, {:.0f} transactions/s\n",
               done->blocks, done->transactions, time.count(),
               count(done->gas) / 1e6 / time.count(), count(done->transactions) / time.count());
    const auto& times = chain.times();
    if (times.blocks == 0) return EXIT_SUCCESS;
    print_share("execution", times.execution, time, times.blocks);
    print_share("state root", times.state_root, time, times.blocks);
    print_share("write", times.write, time, times.blocks);
    print_share("waiting and the rest", time - times.execution - times.state_root - times.write,
                time, times.blocks);
    return EXIT_SUCCESS;
}

int run(const std::vector<std::string>& arguments) {
    if (arguments.size() == 4 && arguments[0] == "generate" && workloads.contains(arguments[2]))
        return generate(arguments[1], workloads.at(arguments[2]), std::stoull(arguments[3]));
    if ((arguments.size() == 2 || arguments.size() == 3) && arguments[0] == "import")
        return import(arguments[1], arguments.size() == 3 ? arguments[2] : "");
    fmt::print(stderr,
               "usage: meta138_import_bench generate FOLDER transfers|tokens|swaps|mixed BLOCKS\n"
               "       meta138_import_bench import FOLDER [DATABASE]\n");
    return 2;
}

}  // namespace
}  // namespace meta138

int main(int argc, char** argv) {
    try {
        return meta138::run({argv + 1, argv + argc});
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return EXIT_FAILURE;
    }
}
