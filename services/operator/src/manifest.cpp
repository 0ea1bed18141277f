// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/manifest.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/operator/deploy.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace meta138::op {

namespace {

using Json = nlohmann::ordered_json;

std::string hex(const auto& fixed) {
    return to_hex(fixed.bytes);
}

void add_origin(Json& json, const auto& deployed) {
    if (deployed.block) json["block"] = *deployed.block;
    if (deployed.transaction_hash) json["transactionHash"] = hex(*deployed.transaction_hash);
}

Json to_object(const DeployedContract& contract) {
    Json json{{"name", contract.name},
              {"address", hex(contract.address)},
              {"codeHash", hex(contract.code_hash)}};
    add_origin(json, contract);
    return json;
}

Json to_object(const DeployedFeed& feed) {
    Json json{{"base", feed.base},
              {"quote", feed.quote},
              {"description", feed.description},
              {"decimals", feed.decimals},
              {"address", hex(feed.address)},
              {"implementation", hex(feed.implementation)},
              {"codeHash", hex(feed.code_hash)},
              {"heartbeatSeconds", feed.heartbeat_seconds},
              {"deviationBps", feed.deviation_bps}};
    json["transmitters"] = Json::array();
    for (const auto& transmitter : feed.transmitters)
        json["transmitters"].push_back(hex(transmitter));
    add_origin(json, feed);
    return json;
}

Json to_object(const Manifest& manifest) {
    Json json{{"chainId", manifest.chain_id},
              {"genesisHash", hex(manifest.genesis_hash)},
              {"deployer", hex(manifest.deployer)},
              {"admin", hex(manifest.admin)}};
    json["contracts"] = Json::array();
    for (const auto& contract : manifest.contracts)
        json["contracts"].push_back(to_object(contract));
    json["feeds"] = Json::array();
    for (const auto& feed : manifest.feeds) json["feeds"].push_back(to_object(feed));
    return json;
}

std::string dump(const Json& json) {
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

/// Reads members of an object; the first one that is missing or of another kind is the error.
class Members {
public:
    Members(const Json& json, std::string where) : json_{json}, where_{std::move(where)} {
        if (!json_.is_object()) fail("is no object");
    }

    template <typename Fixed>
    void fixed(const char* name, Fixed& out) {
        if (const auto* text = find(name)) read_fixed(*text, name, out);
    }
    void text(const char* name, std::string& out) {
        const auto* value = find(name);
        if (value == nullptr) return;
        if (!value->is_string()) return fail(fmt::format("{} is no text", name));
        out = value->get<std::string>();
    }
    template <typename Integer>
    void number(const char* name, Integer& out) {
        const auto* value = find(name);
        if (value == nullptr) return;
        if (!value->is_number_unsigned() || !std::in_range<Integer>(value->get<std::uint64_t>()))
            return fail(fmt::format("{} is no number of that size", name));
        out = value->get<Integer>();
    }
    void origin(std::optional<std::uint64_t>& block, std::optional<Hash32>& transaction_hash) {
        if (error_ || !json_.contains("block") || !json_.contains("transactionHash")) return;
        number("block", block.emplace());
        fixed("transactionHash", transaction_hash.emplace());
    }
    void addresses(const char* name, std::vector<Address>& out) {
        list(name, [&](const Json& element, const std::string&) {
            read_fixed(element, name, out.emplace_back());
        });
    }
    /// `read` gets each element and what to call it.
    template <typename Read>
    void list(const char* name, Read&& read) {
        const auto* value = find(name);
        if (value == nullptr) return;
        if (!value->is_array()) return fail(fmt::format("{} is no list", name));
        for (std::size_t i = 0; i < value->size() && !error_; ++i)
            read((*value)[i], fmt::format("{}[{}]", name, i));
    }
    /// What went wrong in an object within this one.
    void adopt(std::optional<std::string> error) {
        if (!error_) error_ = std::move(error);
    }

    [[nodiscard]] const std::optional<std::string>& error() const noexcept { return error_; }

private:
    const Json* find(const char* name) {
        if (error_) return nullptr;
        const auto found = json_.find(name);
        if (found != json_.end()) return &*found;
        fail(fmt::format("{} is missing", name));
        return nullptr;
    }
    template <typename Fixed>
    void read_fixed(const Json& value, const char* name, Fixed& out) {
        const auto decoded = value.is_string()
                                 ? decode_fixed_hex<Fixed>(value.get_ref<const std::string&>())
                                 : std::unexpected{HexError::missing_prefix};
        if (!decoded)
            return fail(fmt::format("{} is not \"0x\" and {} digits", name, 2 * Fixed::size()));
        out = *decoded;
    }
    void fail(const std::string& what) {
        if (!error_) error_ = where_.empty() ? what : fmt::format("{}: {}", where_, what);
    }

    const Json& json_;
    std::string where_;
    std::optional<std::string> error_;
};

DeployedContract read_contract(const Json& json, const std::string& where, Members& parent) {
    Members in{json, where};
    DeployedContract contract;
    in.text("name", contract.name);
    in.fixed("address", contract.address);
    in.fixed("codeHash", contract.code_hash);
    in.origin(contract.block, contract.transaction_hash);
    parent.adopt(in.error());
    return contract;
}

DeployedFeed read_feed(const Json& json, const std::string& where, Members& parent) {
    Members in{json, where};
    DeployedFeed feed;
    in.text("base", feed.base);
    in.text("quote", feed.quote);
    in.text("description", feed.description);
    in.number("decimals", feed.decimals);
    in.fixed("address", feed.address);
    in.fixed("implementation", feed.implementation);
    in.fixed("codeHash", feed.code_hash);
    in.number("heartbeatSeconds", feed.heartbeat_seconds);
    in.number("deviationBps", feed.deviation_bps);
    in.addresses("transmitters", feed.transmitters);
    in.origin(feed.block, feed.transaction_hash);
    parent.adopt(in.error());
    return feed;
}

ManifestError in_file(const std::filesystem::path& path, std::string_view what) {
    return {fmt::format("{}: {}", path.string(), what)};
}

}  // namespace

const DeployedContract* Manifest::find_contract(std::string_view name) const noexcept {
    const auto found = std::ranges::find(contracts, name, &DeployedContract::name);
    return found == contracts.end() ? nullptr : &*found;
}

const DeployedFeed* Manifest::find_feed(std::string_view base,
                                        std::string_view quote) const noexcept {
    const auto found = std::ranges::find_if(
        feeds, [&](const DeployedFeed& feed) { return feed.base == base && feed.quote == quote; });
    return found == feeds.end() ? nullptr : &*found;
}

std::string to_json(const Manifest& manifest) {
    return dump(to_object(manifest));
}

std::string to_json(const DeployOutcome& outcome) {
    Json json{{"changed", !outcome.changed_nothing()}, {"manifest", to_object(outcome.manifest)}};
    json["steps"] = Json::array();
    for (const auto& step : outcome.steps) {
        Json entry{
            {"action", to_string(step.action)}, {"subject", step.subject}, {"detail", step.detail}};
        if (step.address) entry["address"] = hex(*step.address);
        if (step.transaction_hash) {
            entry["transactionHash"] = hex(*step.transaction_hash);
            entry["gasUsed"] = step.gas_used;
        }
        json["steps"].push_back(std::move(entry));
    }
    return dump(json);
}

std::expected<Manifest, ManifestError> parse_manifest(std::string_view text) {
    if (text.size() > max_manifest_size)
        return std::unexpected{ManifestError{"larger than a manifest may be"}};
    const auto json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) return std::unexpected{ManifestError{"is no JSON"}};
    Manifest manifest;
    Members in{json, ""};
    in.number("chainId", manifest.chain_id);
    in.fixed("genesisHash", manifest.genesis_hash);
    in.fixed("deployer", manifest.deployer);
    in.fixed("admin", manifest.admin);
    in.list("contracts", [&](const Json& element, const std::string& where) {
        manifest.contracts.push_back(read_contract(element, where, in));
    });
    in.list("feeds", [&](const Json& element, const std::string& where) {
        manifest.feeds.push_back(read_feed(element, where, in));
    });
    if (in.error()) return std::unexpected{ManifestError{*in.error()}};
    return manifest;
}

std::expected<Manifest, ManifestError> read_manifest(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) return std::unexpected{in_file(path, "there is no such file, or it cannot be read")};
    std::error_code error;
    if (const auto size = std::filesystem::file_size(path, error);
        error || size > max_manifest_size)
        return std::unexpected{in_file(path, "larger than a manifest may be")};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    auto manifest = parse_manifest(text);
    if (!manifest) return std::unexpected{in_file(path, manifest.error().reason)};
    return manifest;
}

}  // namespace meta138::op
