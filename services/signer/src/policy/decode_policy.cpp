// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/hex.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/signer/policy.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <span>
#include <utility>

// docs/signer-policy.md
namespace meta138::signer {
namespace {

constexpr std::int64_t max_period_seconds = std::int64_t{366} * 24 * 3600;
constexpr double max_rate = 1e9;

/// Thrown and caught within this file: one fault ends the reading, wherever it is found.
struct Fault {
    std::size_t line = 0;
    std::string reason;
};

std::size_t line_of(const toml::node& node) {
    return node.source().begin.line;
}

[[noreturn]] void fault(const toml::node& at, std::string reason) {
    throw Fault{.line = line_of(at), .reason = std::move(reason)};
}

/// A table whose every name must be one that somebody asked for.
class Table {
public:
    Table(const toml::table& table, std::initializer_list<std::string_view> names) : table_{table} {
        for (const auto& [name, value] : table) {
            if (std::ranges::find(names, name.str()) != names.end()) continue;
            throw Fault{.line = name.source().begin.line,
                        .reason = fmt::format("{}: unknown name; known here are {}", name.str(),
                                              fmt::join(names, ", "))};
        }
    }

    [[nodiscard]] std::size_t line() const { return line_of(table_); }
    [[nodiscard]] const toml::node* find(std::string_view name) const { return table_.get(name); }
    [[nodiscard]] const toml::node& require(std::string_view name) const {
        const auto* node = find(name);
        if (node == nullptr) fault(table_, fmt::format("{} is missing", name));
        return *node;
    }

private:
    const toml::table& table_;
};

std::string text_of(const toml::node& node, std::string_view name) {
    if (const auto* text = node.as_string()) return text->get();
    fault(node, fmt::format("{}: not a text in quotes", name));
}

std::int64_t integer_of(const toml::node& node, std::string_view name, std::int64_t min,
                        std::int64_t max) {
    const auto* number = node.as_integer();
    if (number == nullptr) fault(node, fmt::format("{}: not an integer", name));
    if (number->get() < min || number->get() > max)
        fault(node, fmt::format("{}: {} is not from {} to {}", name, number->get(), min, max));
    return number->get();
}

double number_of(const toml::node& node, std::string_view name, double min, double max) {
    const auto number = node.value<double>();
    if (!node.is_number() || !number || !std::isfinite(*number))
        fault(node, fmt::format("{}: not a number", name));
    if (*number < min || *number > max)
        fault(node, fmt::format("{}: {} is not from {} to {}", name, *number, min, max));
    return *number;
}

bool flag_of(const Table& table, std::string_view name) {
    const auto* node = table.find(name);
    if (node == nullptr) return false;
    if (const auto* flag = node->as_boolean()) return flag->get();
    fault(*node, fmt::format("{}: neither true nor false", name));
}

const toml::array& array_of(const toml::node& node, std::string_view name) {
    if (const auto* array = node.as_array()) return *array;
    fault(node, fmt::format("{}: not a list in brackets", name));
}

const toml::table& table_of(const toml::node& node, std::string_view name) {
    if (const auto* table = node.as_table()) return *table;
    fault(node, fmt::format("{}: not a table", name));
}

Address address_of(const toml::node& node, std::string_view name) {
    const auto address = decode_fixed_hex<Address>(text_of(node, name));
    if (!address)
        fault(node, fmt::format("{}: not an address (0x and 40 hexadecimal digits)", name));
    return *address;
}

struct Unit {
    std::string_view name;
    std::uint64_t wei = 1;
};
constexpr std::array units{Unit{"wei", 1}, Unit{"gwei", 1'000'000'000},
                           Unit{"ether", 1'000'000'000'000'000'000}};

// 5, "5", "5 wei", "0x5", "20 gwei", "1 ether".
uint256 wei_of(const toml::node& node, std::string_view name) {
    if (node.is_integer())
        return static_cast<std::uint64_t>(
            integer_of(node, name, 0, std::numeric_limits<std::int64_t>::max()));
    const auto text = text_of(node, name);
    const auto space = text.find(' ');
    const auto unit_name =
        space == std::string::npos ? "wei" : std::string_view{text}.substr(space + 1);
    const auto* unit = std::ranges::find(units, unit_name, &Unit::name);
    const auto number = parse_uint256(std::string_view{text}.substr(0, space));
    if (unit == units.end() || !number)
        fault(node,
              fmt::format(R"({}: not an amount, such as "1000", "20 gwei" or "1 ether")", name));
    const auto amount = checked_mul(*number, unit->wei);
    if (!amount) fault(node, fmt::format("{}: 2^256 or more", name));
    return *amount;
}

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$';
}

// The form that a selector is the hash of: no spaces, no names, no short forms of types.
bool is_canonical_signature(std::string_view text) {
    const auto open = text.find('(');
    if (open == 0 || open == std::string_view::npos || !text.ends_with(')')) return false;
    if (!std::ranges::all_of(text.substr(0, open), is_word)) return false;
    constexpr std::array short_forms{"uint", "int", "fixed", "ufixed", "byte"};
    int depth = 0;
    for (auto rest = text.substr(open); !rest.empty();) {
        const auto end = std::ranges::find_if_not(rest, is_word);
        const auto word = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
        if (std::ranges::find(short_forms, word) != short_forms.end()) return false;
        rest.remove_prefix(word.size());
        if (rest.empty()) break;
        if (std::string_view{"(),[]"}.find(rest.front()) == std::string_view::npos) return false;
        if (rest.front() == '(') ++depth;
        if (rest.front() == ')' && --depth == 0 && rest.size() > 1) return false;
        rest.remove_prefix(1);
    }
    return depth == 0;
}

Selector selector_of(const toml::node& node) {
    const auto text = text_of(node, "calls");
    if (const auto selector = decode_fixed_hex<Selector>(text)) return *selector;
    if (!is_canonical_signature(text))
        fault(node, fmt::format("calls: \"{}\" is neither a selector of 4 bytes (0x12345678) nor a "
                                "signature such as \"transfer(address,uint256)\", without spaces "
                                "and names, and with uint256 rather than uint",
                                text));
    const auto hash = crypto::keccak256(as_bytes(text));
    return Selector::from(std::span<const std::uint8_t, 4>{hash.data(), 4});
}

std::pair<Address, DestinationRule> decode_destination(const toml::node& node) {
    const Table table{table_of(node, "allow"), {"to", "calls", "transfer"}};
    DestinationRule rule;
    const auto* calls = table.find("calls");
    if (calls != nullptr) {
        rule.any_selector = false;
        for (const auto& call : array_of(*calls, "calls")) rule.selectors.insert(selector_of(call));
    }
    // Who lists calls means those alone.
    rule.plain_transfer =
        table.find("transfer") == nullptr ? calls == nullptr : flag_of(table, "transfer");
    return {address_of(table.require("to"), "to"), std::move(rule)};
}

std::map<Address, DestinationRule> decode_destinations(const toml::node& node) {
    std::map<Address, DestinationRule> destinations;
    for (const auto& entry : array_of(node, "allow")) {
        auto [to, rule] = decode_destination(entry);
        if (!destinations.emplace(to, std::move(rule)).second)
            fault(entry, fmt::format("{} is allowed twice: give it one table with all its calls",
                                     to_hex(to.bytes)));
    }
    return destinations;
}

ValueWindow decode_window(const toml::node& node) {
    const Table table{table_of(node, "value_per_period"), {"value", "seconds"}};
    return {.amount = wei_of(table.require("value"), "value_per_period.value"),
            .length = std::chrono::seconds{integer_of(
                table.require("seconds"), "value_per_period.seconds", 1, max_period_seconds)}};
}

RateLimit decode_rate(const toml::node& node) {
    const Table table{table_of(node, "rate"), {"per_second", "burst"}};
    RateLimit rate;
    rate.per_second = number_of(table.require("per_second"), "rate.per_second", 1e-6, max_rate);
    const auto* burst = table.find("burst");
    rate.burst = burst == nullptr ? std::max(1.0, rate.per_second)
                                  : number_of(*burst, "rate.burst", 1, max_rate);
    return rate;
}

void decode_limits(const Table& table, KeyPolicy& policy) {
    if (const auto* node = table.find("max_value")) policy.max_value = wei_of(*node, "max_value");
    if (const auto* node = table.find("value_per_period"))
        policy.value_window = decode_window(*node);
    if (const auto* node = table.find("max_gas_limit"))
        policy.max_gas_limit = static_cast<std::uint64_t>(
            integer_of(*node, "max_gas_limit", 0, std::numeric_limits<std::int64_t>::max()));
    if (const auto* node = table.find("max_fee_per_gas"))
        policy.max_fee_per_gas = wei_of(*node, "max_fee_per_gas");
    if (const auto* node = table.find("max_priority_fee_per_gas"))
        policy.max_priority_fee_per_gas = wei_of(*node, "max_priority_fee_per_gas");
    if (const auto* node = table.find("rate")) policy.rate = decode_rate(*node);
}

KeyPolicy decode_key_policy(const Table& table) {
    KeyPolicy policy;
    policy.line = table.line();
    policy.contract_creation = flag_of(table, "contract_creation");
    policy.messages = flag_of(table, "messages");
    policy.typed_data = flag_of(table, "typed_data");
    policy.raw_data = flag_of(table, "raw_data");
    policy.set_code = flag_of(table, "set_code");
    if (const auto* node = table.find("clients")) {
        policy.clients.emplace();
        for (const auto& client : array_of(*node, "clients"))
            policy.clients->insert(text_of(client, "clients"));
    }
    if (const auto* node = table.find("chains")) {
        policy.chains.emplace();
        for (const auto& chain : array_of(*node, "chains"))
            policy.chains->insert(static_cast<std::uint64_t>(
                integer_of(chain, "chains", 1, std::numeric_limits<std::int64_t>::max())));
    }
    if (const auto* node = table.find("allow")) policy.destinations = decode_destinations(*node);
    decode_limits(table, policy);
    return policy;
}

std::vector<Address> decode_addresses(const Table& table) {
    const auto* one = table.find("address");
    const auto* many = table.find("addresses");
    if ((one == nullptr) == (many == nullptr))
        throw Fault{.line = table.line(), .reason = "give either address or addresses"};
    if (one != nullptr) return {address_of(*one, "address")};
    std::vector<Address> addresses;
    for (const auto& node : array_of(*many, "addresses"))
        addresses.push_back(address_of(node, "addresses"));
    return addresses;
}

constexpr std::initializer_list<std::string_view> key_names{"address",
                                                            "addresses",
                                                            "clients",
                                                            "chains",
                                                            "allow",
                                                            "messages",
                                                            "typed_data",
                                                            "raw_data",
                                                            "set_code",
                                                            "max_value",
                                                            "value_per_period",
                                                            "contract_creation",
                                                            "max_gas_limit",
                                                            "max_fee_per_gas",
                                                            "max_priority_fee_per_gas",
                                                            "rate"};

void decode_key(const toml::node& node, std::map<Address, KeyPolicy>& keys) {
    const Table table{table_of(node, "key"), key_names};
    const auto policy = decode_key_policy(table);
    for (const auto& address : decode_addresses(table)) {
        const auto [place, is_new] = keys.emplace(address, policy);
        if (!is_new)
            fault(node, fmt::format("{} has a policy already, in line {}", to_hex(address.bytes),
                                    place->second.line));
    }
}

}  // namespace

std::expected<Policy, PolicyError> Policy::decode(std::string_view text, const std::string& file) {
    const auto fail = [&](std::size_t line, std::string reason) {
        return std::unexpected{
            PolicyError{.file = file, .line = line, .reason = std::move(reason)}};
    };
    if (text.size() > max_policy_size)
        return fail(0, fmt::format("more than {} bytes", max_policy_size));
    try {
        const auto root = toml::parse(text);
        const Table table{root, {"default", "key"}};
        Policy policy;
        if (const auto* node = table.find("default")) {
            const Table defaults{table_of(*node, "default"), key_names};
            if (defaults.find("address") != nullptr || defaults.find("addresses") != nullptr)
                fault(*node, "default: names a key; such a table is [[key]]");
            policy.default_ = decode_key_policy(defaults);
        }
        if (const auto* node = table.find("key")) {
            for (const auto& key : array_of(*node, "key")) decode_key(key, policy.keys_);
        }
        if (!policy.default_ && policy.keys_.empty())
            return fail(0,
                        "names no key, so nothing could be signed: give it [[key]] tables, or "
                        "start without a policy");
        return policy;
    } catch (const toml::parse_error& error) {
        return fail(error.source().begin.line, fmt::format("not TOML: {}", error.description()));
    } catch (const Fault& found) {
        return fail(found.line, found.reason);
    }
}

}  // namespace meta138::signer
