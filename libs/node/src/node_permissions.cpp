// SPDX-License-Identifier: Apache-2.0
#include "node_permissions.hpp"

#include "permissions_file.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/node/options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace meta138::node {
namespace {

constexpr auto nodes_key = "nodes-allowlist";
constexpr std::string_view scheme = "enode://";

/// Of an enode URL, or of "enode://<id>".
std::optional<crypto::PublicKey> parse_entry(std::string_view text) {
    if (const auto enode = p2p::parse_enode(text)) return enode->id;
    if (!text.starts_with(scheme) || text.find('@') != std::string_view::npos) return std::nullopt;
    // With an address that any URL may have, the id is checked as in one.
    const auto enode = p2p::parse_enode(fmt::format("{}@127.0.0.1:1", text));
    if (!enode) return std::nullopt;
    return enode->id;
}

}  // namespace

NodePermissions::NodePermissions(std::filesystem::path file, telemetry::Metrics& metrics)
    : file_{std::move(file)},
      checks_{metrics.counter(telemetry::Category::permissioning, "node_local_check_count",
                              "Nodes looked up in the list")},
      permitted_{metrics.counter(telemetry::Category::permissioning,
                                 "node_local_check_count_permitted", "Those that are in it")},
      unpermitted_{metrics.counter(telemetry::Category::permissioning,
                                   "node_local_check_count_unpermitted", "Those that are not")},
      nodes_{read(file_)} {}

NodePermissions::Nodes NodePermissions::read(const std::filesystem::path& file) {
    Nodes nodes;
    for (const auto& text : read_permissions(file, nodes_key)) {
        const auto id = parse_entry(text);
        if (!id)
            throw OptionError{
                fmt::format("Invalid enode '{}' in {} of {}", text, nodes_key, file.string())};
        nodes.emplace(*id, text);
    }
    return nodes;
}

void NodePermissions::fix(std::span<const p2p::Enode> nodes) {
    std::vector<std::string> missing;
    const MutexLock lock{mutex_};
    for (const auto& node : nodes) {
        fixed_.insert(node.id);
        if (!nodes_.contains(node.id)) missing.push_back(p2p::to_string(node));
    }
    if (!missing.empty())
        throw OptionError{
            fmt::format("Specified node(s) not in nodes-allowlist [{}]", fmt::join(missing, ", "))};
}

std::optional<std::string> NodePermissions::find_refusal(const p2p::Enode& node) const {
    checks_.increment();
    const MutexLock lock{mutex_};
    if (nodes_.contains(node.id)) {
        permitted_.increment();
        return std::nullopt;
    }
    unpermitted_.increment();
    return fmt::format("{} of {} has no entry with its id", nodes_key, file_.string());
}

std::vector<std::string> NodePermissions::allowlist() const {
    const MutexLock lock{mutex_};
    std::vector<std::string> texts;
    for (const auto& [id, text] : nodes_) texts.push_back(text);
    return texts;
}

/// The entries by id, each once.
std::expected<NodePermissions::Nodes, NodePermissions::Refusal> NodePermissions::decode(
    std::span<const std::string> entries) {
    if (entries.empty()) return std::unexpected{Refusal::empty};
    Nodes nodes;
    for (const auto& entry : entries) {
        const auto id = parse_entry(entry);
        if (!id) return std::unexpected{Refusal::invalid_entry};
        if (!nodes.emplace(*id, entry).second) return std::unexpected{Refusal::duplicate_entry};
    }
    return nodes;
}

std::expected<void, NodePermissions::Refusal> NodePermissions::add(
    std::span<const std::string> entries) {
    TRY_LET(const auto added, decode(entries));
    {
        const MutexLock lock{mutex_};
        auto nodes = nodes_;
        for (const auto& entry : added)
            if (!nodes.insert(entry).second) return std::unexpected{Refusal::existing_entry};
        TRY(change(nodes));
    }
    if (tell_) tell_();
    return {};
}

std::expected<void, NodePermissions::Refusal> NodePermissions::remove(
    std::span<const std::string> entries) {
    TRY_LET(const auto removed, decode(entries));
    {
        const MutexLock lock{mutex_};
        auto nodes = nodes_;
        for (const auto& [id, text] : removed) {
            if (fixed_.contains(id)) return std::unexpected{Refusal::fixed_entry};
            if (nodes.erase(id) == 0) return std::unexpected{Refusal::absent_entry};
        }
        TRY(change(nodes));
    }
    if (tell_) tell_();
    return {};
}

std::expected<void, NodePermissions::Refusal> NodePermissions::reload() {
    try {
        auto nodes = read(file_);
        const MutexLock lock{mutex_};
        nodes_ = std::move(nodes);
    } catch (const OptionError&) {
        return std::unexpected{Refusal::reload_failed};
    }
    if (tell_) tell_();
    return {};
}

std::expected<void, NodePermissions::Refusal> NodePermissions::change(const Nodes& nodes) {
    std::vector<std::string> texts;
    for (const auto& [id, text] : nodes) texts.push_back(text);
    if (!write_permissions(file_, nodes_key, texts)) return std::unexpected{Refusal::not_persisted};
    nodes_ = nodes;
    return {};
}

}  // namespace meta138::node
