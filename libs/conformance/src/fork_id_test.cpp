// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/fork_id.hpp"

#include "runners.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/rlp/decode_error.hpp"
#include "meta138/types/fork_schedule.hpp"

#include <array>
#include <optional>

namespace meta138::conformance {

namespace {

constexpr std::string_view kind = "fork id";
// None of these chains schedules a fork between time zero and its genesis block's time.
constexpr std::uint64_t genesis_time = 0;

struct Row {
    std::string_view key;
    Fork fork;
};
constexpr std::array rule_sets{
    Row{"HomesteadBlock", Fork::homestead},
    Row{"EIP150Block", Fork::tangerine_whistle},
    Row{"EIP158Block", Fork::spurious_dragon},
    Row{"ByzantiumBlock", Fork::byzantium},
    Row{"ConstantinopleBlock", Fork::constantinople},
    Row{"PetersburgBlock", Fork::petersburg},
    Row{"IstanbulBlock", Fork::istanbul},
    Row{"BerlinBlock", Fork::berlin},
    Row{"LondonBlock", Fork::london},
    Row{"MergeNetsplitBlock", Fork::paris},
    Row{"ShanghaiTime", Fork::shanghai},
    Row{"CancunTime", Fork::cancun},
    Row{"PragueTime", Fork::prague},
    Row{"OsakaTime", Fork::osaka},
};

ForkSchedule decode_schedule(const JsonNode& forks, bool with_times) {
    ForkSchedule schedule;
    for (const auto& [key, fork] : rule_sets) {
        if (forks.has(key) && (with_times || !key.ends_with("Time")))
            schedule.activate(fork, forks[key].any_integer());
    }
    const auto block = [&](std::string_view key) {
        return forks.has(key) ? std::optional{forks[key].any_integer()} : std::nullopt;
    };
    schedule.dao_fork_block = block("DAOForkBlock");
    schedule.muir_glacier_block = block("MuirGlacierBlock");
    schedule.arrow_glacier_block = block("ArrowGlacierBlock");
    schedule.gray_glacier_block = block("GrayGlacierBlock");
    for (std::size_t number = 1; with_times; ++number) {
        const auto key = fmt::format("BPO{}Time", number);
        if (!forks.has(key)) break;
        schedule.bpo_times.push_back(forks[key].any_integer());
    }
    return schedule;
}

ForkFilter decode_filter(const JsonNode& root, std::string_view network, bool with_times) {
    return {root["genesisHashes"][network].hash(), genesis_time,
            decode_schedule(root["forks"][network], with_times)};
}

FixedBytes<4> decode_hash(const JsonNode& node) {
    const auto bytes = node.bytes();
    FixedBytes<4> result;
    if (bytes.size() == 4)
        std::ranges::copy(bytes, result.begin());
    else
        node.fault("should be 4 bytes");
    return result;
}

std::string text_of(const ForkId& id) {
    return fmt::format("{}/{}", to_hex(id.hash.bytes), id.next);
}

Verdict check_creation(const JsonNode& root, const JsonNode& vector) {
    const auto filter = decode_filter(root, vector["network"].text(), true);
    const ForkId expected{decode_hash(vector["forkHash"]), vector["next"].any_integer()};
    const auto got = filter.fork_id(vector["head"].any_integer(), vector["time"].any_integer());
    return got == expected ? passed()
                           : failed("expected {}, got {}", text_of(expected), text_of(got));
}

std::string_view text_of(ForkIdVerdict verdict) {
    switch (verdict) {
        case ForkIdVerdict::accept: return "accept";
        case ForkIdVerdict::remote_stale: return "reject-remote-stale";
        case ForkIdVerdict::local_incompatible: return "reject-local-incompatible-or-stale";
    }
    return "unknown";
}

Verdict check_validation(const JsonNode& root, const JsonNode& vector) {
    const auto config = vector["config"].text();
    const bool with_times = config != "mainnet-block-forks-only";
    const auto filter = decode_filter(root, with_times ? config : "mainnet", with_times);
    const ForkId remote{decode_hash(vector["remoteForkHash"]), vector["remoteNext"].any_integer()};
    const auto got = text_of(filter.validate(remote, vector["localHead"].any_integer(),
                                             vector["localTime"].any_integer()));
    const auto expected = vector["result"].text();
    return got == expected ? passed() : failed("expected {}, got {}", expected, got);
}

Verdict check_encoding(const JsonNode&, const JsonNode& vector) {
    const ForkId id{decode_hash(vector["forkHash"]), vector["next"].any_integer()};
    const auto expected = vector["rlp"].bytes();
    rlp::Writer out;
    write_fork_id(out, id);
    if (!equal(out.view(), expected))
        return failed("expected {}, got {}", to_hex(expected), to_hex(out.view()));
    auto in = rlp::Reader::sequence(expected);
    const auto decoded = in.finish(read_fork_id(in));
    return decoded && *decoded == id ? passed() : failed("{} decodes to another", to_hex(expected));
}

using Check = Verdict (*)(const JsonNode& root, const JsonNode& vector);

void run_list(const WholeFile& file, std::string_view list, Check check) {
    std::size_t number = 0;
    for (const auto vector : file.root[list].items()) {
        file.sink.run(fmt::format("{}[{}]", list, number++), "", kind, [&] {
            auto verdict = check(file.root, vector);
            const auto fault = file.workspace.document.take_fault();
            return fault ? failed("{}", fault->to_string()) : verdict;
        });
    }
}

}  // namespace

void run_fork_id_vectors(const WholeFile& file) {
    run_list(file, "creation", check_creation);
    run_list(file, "validation", check_validation);
    run_list(file, "encoding", check_encoding);
}

}  // namespace meta138::conformance
