// SPDX-License-Identifier: Apache-2.0
#include "network.hpp"

#include "state_fixture.hpp"

#include "meta138/types/fork.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace meta138::conformance {

namespace {

// Where a transition network changes its rules.
struct Change {
    enum class Kind : std::uint8_t { block, time, difficulty };
    Kind kind{};
    std::uint64_t at = 0;
};

struct Network {
    std::string_view before;
    std::string_view after;  // Empty: the rules stay.
    Change change;
};

// A whole text as a number; "k" at the end stands for thousands.
std::optional<std::uint64_t> parse_number(std::string_view text, int base) {
    const bool thousands = text.ends_with('k');
    if (thousands) text.remove_suffix(1);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return thousands ? number * 1000 : number;
}

std::optional<Change> parse_change(std::string_view text) {
    Change change{.kind = Change::Kind::block, .at = 0};
    int base = 10;
    if (text.starts_with("Time")) {
        change.kind = Change::Kind::time;
        text.remove_prefix(4);
    } else if (text.starts_with("Diff")) {
        change.kind = Change::Kind::difficulty;
        text.remove_prefix(4);
        base = 16;
    }
    const auto at = parse_number(text, base);
    if (!at) return std::nullopt;
    change.at = *at;
    return change;
}

std::optional<std::size_t> bpo_number(std::string_view name) {
    if (!name.starts_with("BPO")) return std::nullopt;
    return parse_number(name.substr(3), 10);
}

// A name of rules: a fork, an upgrade of blob parameters or of the difficulty bomb, or the DAO's.
bool is_rules_name(std::string_view name) {
    return find_fork(name) || bpo_number(name) || name == "Dao" || name == "MuirGlacier" ||
           name == "ArrowGlacier" || name == "GrayGlacier";
}

std::optional<Network> parse_network(std::string_view name) {
    if (is_rules_name(name)) return Network{.before = name, .after = {}, .change = {}};
    const auto to = name.find("To");
    const auto at = name.rfind("At");
    if (to == std::string_view::npos || at == std::string_view::npos || at < to)
        return std::nullopt;
    const auto change = parse_change(name.substr(at + 2));
    const Network network{.before = name.substr(0, to),
                          .after = name.substr(to + 2, at - to - 2),
                          .change = change.value_or(Change{})};
    if (!change || !is_rules_name(network.before) || !is_rules_name(network.after))
        return std::nullopt;
    return network;
}

// The rule set that holds under a name of rules.
Fork fork_of(std::string_view name) {
    if (name == "Dao") return Fork::homestead;
    if (name == "MuirGlacier") return Fork::istanbul;
    if (name == "ArrowGlacier" || name == "GrayGlacier") return Fork::london;
    if (bpo_number(name)) return Fork::osaka;
    return find_fork(name).value_or(Fork::frontier);
}

void activate_upgrade(ForkSchedule& schedule, std::string_view name, std::uint64_t at) {
    if (name == "Dao") schedule.dao_fork_block = at;
    if (name == "MuirGlacier") schedule.muir_glacier_block = at;
    if (name == "ArrowGlacier") schedule.arrow_glacier_block = at;
    if (name == "GrayGlacier") schedule.gray_glacier_block = at;
}

void add_blobs(ForkSchedule& schedule, std::string_view name, std::uint64_t time,
               const JsonNode& blob_schedule) {
    const auto fork = fork_of(name);
    if (fork < Fork::cancun) return;
    auto parameters = default_blob_parameters(fork);
    if (const auto number = bpo_number(name))
        parameters = default_bpo_parameters(*number).value_or(parameters);
    if (const auto own = blob_schedule[name]; own.present())
        parameters = decode_blob_parameters(own);
    schedule.blob_schedule.push_back({time, parameters});
    if (bpo_number(name)) schedule.bpo_times.push_back(time);
}

}  // namespace

bool is_network_name(std::string_view name) {
    return parse_network(name).has_value();
}

std::string known_forks_text() {
    std::string text = "known are";
    for (const auto& row : forks()) {
        text += ' ';
        text += row.fixture_name;
        text += ',';
    }
    return text + " BPO1 to BPO4 and transitions such as ParisToShanghaiAtTime15k";
}

std::expected<ForkSchedule, std::string> decode_network(std::string_view name,
                                                        const JsonNode& config) {
    const auto network = parse_network(name);
    if (!network)
        return std::unexpected{fmt::format("unknown network {}; {}", name, known_forks_text())};
    const auto chain_id = config["chainid"];
    auto schedule =
        schedule_of(fork_of(network->before), chain_id.present() ? chain_id.any_integer() : 1);
    activate_upgrade(schedule, network->before, 0);
    schedule.blob_schedule.clear();
    add_blobs(schedule, network->before, 0, config["blobSchedule"]);
    if (network->after.empty()) return schedule;

    const auto [kind, at] = network->change;
    activate_upgrade(schedule, network->after, at);
    add_blobs(schedule, network->after, at, config["blobSchedule"]);
    if (kind == Change::Kind::difficulty)
        schedule.terminal_total_difficulty = uint256{at};
    else if (fork_of(network->after) > fork_of(network->before))
        schedule.activate(fork_of(network->after), at);
    return schedule;
}

}  // namespace meta138::conformance
