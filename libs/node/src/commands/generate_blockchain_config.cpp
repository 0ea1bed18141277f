// SPDX-License-Identifier: Apache-2.0
#include "commands/generate_blockchain_config.hpp"

#include "commands/commands.hpp"
#include "commands/rlp_commands.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/crypto/secp256k1.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

namespace meta138::node {
namespace {

using Json = nlohmann::ordered_json;

/// More nodes than that are a slip of the pen.
constexpr std::uint64_t max_nodes = 10'000;

struct NodeKeys {
    crypto::PublicKey public_key;
    std::optional<crypto::SecretKey> secret;

    [[nodiscard]] Address address() const { return crypto::address_of(public_key); }
};

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// The member in any letter case; null: there is none.
template <typename AnyJson>
AnyJson* find(AnyJson& object, std::string_view name) {
    if (!object.is_object()) return nullptr;
    for (auto member = object.begin(); member != object.end(); ++member) {
        if (std::ranges::equal(member.key(), name, {}, lower, lower)) return &member.value();
    }
    return nullptr;
}

/// Numbers that do not survive being read as floating point would come out changed.
void refuse_large_numbers(const Json& value, const std::string& path) {
    if (value.is_number_float())
        throw OptionError{fmt::format(
            "{}: a number above 2^64, or one with a fraction; write it in quotation marks", path)};
    if (value.is_object()) {
        for (const auto& [key, member] : value.items())
            refuse_large_numbers(member, fmt::format("{}.{}", path, key));
    }
    if (value.is_array()) {
        for (const auto& element : value) refuse_large_numbers(element, path);
    }
}

Json read_config_file(const std::filesystem::path& file) {
    std::ifstream in{file};
    if (!in) throw OptionError{fmt::format("Unable to read {}", file.string())};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    try {
        return Json::parse(text, nullptr, true, true);
    } catch (const Json::parse_error& error) {
        throw OptionError{fmt::format("{}: {}", file.string(), error.what())};
    }
}

void require_secp256k1(const Json& genesis_config) {
    const auto* curve = find(genesis_config, "ecCurve");
    if (curve != nullptr && *curve != "secp256k1")
        throw OptionError{
            fmt::format("genesis.config.ecCurve: {} is not known, only secp256k1", curve->dump())};
}

NodeKeys import_key(const Json& text) {
    if (text.is_string()) {
        std::string_view digits = text.get_ref<const std::string&>();
        if (digits.starts_with("0x")) digits.remove_prefix(2);
        const auto bytes = decode_hex_digits(digits);
        if (bytes && bytes->size() == crypto::PublicKey::size()) {
            const auto key =
                crypto::PublicKey::from(ByteView{*bytes}.first<crypto::PublicKey::size()>());
            if (crypto::compress(key)) return {.public_key = key, .secret = {}};
        }
    }
    throw OptionError{
        fmt::format("blockchain.nodes.keys: {} is not a public key of secp256k1", text.dump())};
}

NodeKeys generate_key() {
    auto secret = crypto::SecretKey::generate();
    const auto key = crypto::public_key(secret);
    return {.public_key = key, .secret = std::move(secret)};
}

std::vector<Address> addresses_of(const std::vector<NodeKeys>& keys) {
    std::vector<Address> addresses;
    addresses.reserve(keys.size());
    for (const auto& key : keys) addresses.push_back(key.address());
    return addresses;
}

std::vector<NodeKeys> make_keys(const Json& root) {
    static const Json nothing;
    const auto member = [](const Json& object, std::string_view name) -> const Json& {
        const auto* value = find(object, name);
        return value == nullptr ? nothing : *value;
    };
    const auto& nodes = member(member(root, "blockchain"), "nodes");
    std::vector<NodeKeys> keys;
    if (member(nodes, "generate") == true) {
        const auto& count = member(nodes, "count");
        if (!count.is_number_unsigned() || count.get<std::uint64_t>() > max_nodes)
            throw OptionError{
                fmt::format("blockchain.nodes.count: not a number of at most {}", max_nodes)};
        for (std::uint64_t i = 0; i < count.get<std::uint64_t>(); ++i)
            keys.push_back(generate_key());
        return keys;
    }
    const auto& given = member(nodes, "keys");
    if (!given.is_null() && !given.is_array())
        throw OptionError{"blockchain.nodes.keys: not a list"};
    for (const auto& text : given) keys.push_back(import_key(text));
    auto addresses = addresses_of(keys);
    std::ranges::sort(addresses);
    if (std::ranges::adjacent_find(addresses) != addresses.end())
        throw OptionError{"blockchain.nodes.keys: a key stands there twice"};
    return keys;
}

void set_extra_data(Json& genesis, const std::vector<Address>& validators) {
    const auto& config = *find(genesis, "config");
    const bool is_ibft2 = find(config, "ibft2") != nullptr;
    if (!is_ibft2 && find(config, "qbft") == nullptr) return;
    const auto type = is_ibft2 ? ExtraDataType::ibft : ExtraDataType::qbft;
    auto* extra_data = find(genesis, "extraData");
    (extra_data == nullptr ? genesis["extraData"] : *extra_data) =
        to_hex(encode_validators(type, validators));
}

/// Where nothing stands yet; a private key for its owner alone.
void write_new_file(const std::filesystem::path& file, std::string_view text, bool is_secret) {
    const int descriptor =
        ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, is_secret ? 0600 : 0644);
    const bool is_written = descriptor >= 0 && ::write(descriptor, text.data(), text.size()) ==
                                                   static_cast<ssize_t>(text.size());
    if (descriptor >= 0) ::close(descriptor);
    if (!is_written) throw OptionError{fmt::format("Unable to write {}", file.string())};
}

void check_plan(const BlockchainConfigPlan& plan) {
    if (plan.genesis_file_name == plan.private_key_file_name ||
        plan.genesis_file_name == plan.public_key_file_name ||
        plan.private_key_file_name == plan.public_key_file_name)
        throw OptionError{"Output file paths must be unique."};
    std::error_code error;
    const bool is_taken =
        std::filesystem::exists(plan.to, error) &&
        (!std::filesystem::is_directory(plan.to, error) || !std::filesystem::is_empty(plan.to));
    if (is_taken) throw OptionError{"Output directory already exists."};
}

void write_keys(const BlockchainConfigPlan& plan, const std::vector<NodeKeys>& keys) {
    for (const auto& key : keys) {
        const auto folder = plan.to / "keys" / to_hex(key.address().bytes);
        std::filesystem::create_directory(folder);
        write_new_file(folder / plan.public_key_file_name, to_hex(key.public_key.bytes), false);
        if (key.secret)
            write_new_file(folder / plan.private_key_file_name, to_hex(key.secret->reveal()), true);
    }
}

}  // namespace

std::vector<Address> generate_blockchain_config(const BlockchainConfigPlan& plan) {
    check_plan(plan);
    const auto root = read_config_file(plan.config_file);
    const auto* given = find(root, "genesis");
    Json genesis = given == nullptr ? Json::object() : *given;
    const auto* config = find(genesis, "config");
    if (config == nullptr || !config->is_object())
        throw OptionError{"Missing config section in config file"};
    refuse_large_numbers(genesis, "genesis");
    require_secp256k1(*config);
    const auto keys = make_keys(root);
    auto addresses = addresses_of(keys);
    set_extra_data(genesis, addresses);

    std::filesystem::create_directories(plan.to / "keys");
    write_keys(plan, keys);
    write_new_file(plan.to / plan.genesis_file_name, genesis.dump(2), false);
    return addresses;
}

int run_generate_blockchain_config(const CommandLine& line) {
    BlockchainConfigPlan plan;
    const auto required = [&](std::string_view name) {
        const auto option = line.command_options.find(name);
        if (option == line.command_options.end())
            throw OptionError{fmt::format("Missing required option: '--{}'", name)};
        return option->second;
    };
    const auto optional = [&](std::string_view name, std::string& value) {
        const auto option = line.command_options.find(name);
        if (option != line.command_options.end()) value = option->second;
    };
    plan.config_file = required("config-file");
    plan.to = required("to");
    optional("genesis-file-name", plan.genesis_file_name);
    optional("private-key-file-name", plan.private_key_file_name);
    optional("public-key-file-name", plan.public_key_file_name);
    const auto addresses = generate_blockchain_config(plan);
    fmt::print("{} and the keys of {} nodes are in {}\n", plan.genesis_file_name, addresses.size(),
               plan.to.string());
    return 0;
}

}  // namespace meta138::node
