// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/blockchain/chain.hpp"
#include "meta138/blockchain/chain_view.hpp"
#include "meta138/evm/code_cache.hpp"
#include "meta138/telemetry/logging.hpp"
#include "meta138/telemetry/metrics.hpp"
#include "meta138/txpool/shared_pool.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meta138::rpc {

/// A service that listens somewhere (net_services).
struct ListeningService {
    std::string name;  ///< "jsonrpc", "ws", "p2p", "metrics", "graphQL"
    std::string host;
    std::uint16_t port = 0;
};

/// What the node says about itself. Does not change while it runs.
struct NodeInformation {
    std::string client_version;  ///< web3_clientVersion
    uint256 network_id;          ///< net_version
    std::vector<ListeningService> services;
    std::filesystem::path data_path;
};

/// eth_syncing while there is something to fetch.
struct SyncProgress {
    std::uint64_t starting_block = 0;
    std::uint64_t current_block = 0;
    std::uint64_t highest_block = 0;
};

/// A node that is connected (admin_peers).
struct PeerInformation {
    std::string id;  ///< 128 digits with 0x.
    std::string name;
    std::string enode;
    std::vector<std::string> capabilities;  ///< "eth/68"
    std::string local_address;
    std::string remote_address;
    std::uint16_t port = 0;
    std::uint64_t version = 5;
    bool is_inbound = false;
    uint256 total_difficulty;
    Hash32 head;
    std::uint64_t eth_version = 0;
};

/// This node as others see it (admin_nodeInfo, net_enode).
struct LocalNode {
    std::string enode;
    std::string enr;
    std::string id;  ///< 128 digits without 0x.
    std::string ip;
    std::string listen_address;
    std::uint16_t discovery_port = 0;
    std::uint16_t listener_port = 0;
};

/// The peer-to-peer network. Any thread.
class PeerControl {
public:
    enum class Refusal : std::uint8_t { local_node, dns_disabled, cannot_resolve, invalid_enode };
    virtual ~PeerControl() = default;
    [[nodiscard]] virtual bool is_listening() const = 0;
    [[nodiscard]] virtual std::size_t count() const = 0;
    [[nodiscard]] virtual std::vector<PeerInformation> peers() const = 0;
    [[nodiscard]] virtual std::optional<LocalNode> local_node() const = 0;
    /// The highest version of eth/ that is offered.
    [[nodiscard]] virtual std::optional<std::uint64_t> eth_version() const = 0;
    /// True if it is new.
    virtual std::expected<bool, std::pair<Refusal, std::string>> add(std::string_view enode) = 0;
    virtual std::expected<bool, std::pair<Refusal, std::string>> remove(std::string_view enode) = 0;
};

/// Block production. Any thread.
class MiningControl {
public:
    virtual ~MiningControl() = default;
    [[nodiscard]] virtual bool is_mining() const = 0;
    virtual bool start() = 0;
    virtual bool stop() = 0;
    [[nodiscard]] virtual uint256 min_gas_price() const = 0;
    virtual void set_min_gas_price(const uint256& wei) = 0;
    [[nodiscard]] virtual uint256 min_priority_fee() const = 0;
    virtual void set_min_priority_fee(const uint256& wei) = 0;
    [[nodiscard]] virtual Bytes extra_data() const = 0;
    /// False: too long.
    virtual bool set_extra_data(Bytes extra_data) = 0;
    /// False: this node does not aim at a gas limit.
    virtual bool set_target_gas_limit(std::uint64_t gas_limit) = 0;
};

/// The lists of permissions_config.toml. Any thread.
class PermissioningControl {
public:
    /// Why a list stays as it is, as perm_ methods say it.
    enum class Refusal : std::uint8_t {
        not_enabled,
        empty,
        invalid_entry,
        duplicate_entry,
        existing_entry,
        absent_entry,
        fixed_entry,    ///< A bootnode or static node.
        not_persisted,  ///< The file could not be written; the change was taken back.
        out_of_sync,    ///< Applied, but the file holds something else.
        reload_failed,
    };
    enum class List : std::uint8_t { nodes, accounts };
    virtual ~PermissioningControl() = default;
    /// Absent: that list is not enabled.
    [[nodiscard]] virtual std::optional<std::vector<std::string>> allowlist(List list) const = 0;
    virtual std::expected<void, Refusal> add(List list, std::span<const std::string> entries) = 0;
    virtual std::expected<void, Refusal> remove(List list,
                                                std::span<const std::string> entries) = 0;
    virtual std::expected<void, Refusal> reload() = 0;
};

class QbftControl;  // qbft_control.hpp

/// What the node gives to its methods. Everything may be called from any thread; what is null or
/// empty does not exist in this node, and methods say so. All outlive the server.
struct Backend {
    /// The chain as of the last head event.
    std::function<std::shared_ptr<const blockchain::ChainView>()> view;
    /// Runs a task on the chain's thread and waits for it. Not from the chain's thread, and only
    /// from methods whose cost is heavy.
    std::function<void(const std::function<void(blockchain::Chain&)>&)> run_on_chain_thread;
    evm::CodeCache* code_cache = nullptr;
    txpool::SharedPool* pool = nullptr;  ///< Null: Besu's "Transaction pool not enabled".

    /// The last blocks that import refused, newest last. May be empty.
    std::function<std::vector<Block>()> bad_blocks;

    NodeInformation node;
    PeerControl* peers = nullptr;  ///< Null: P2P is disabled.
    MiningControl* mining = nullptr;
    PermissioningControl* permissioning = nullptr;
    QbftControl* qbft = nullptr;  ///< Null: not a chain of QBFT.
    /// Absent value: in sync. Empty function: always in sync.
    std::function<std::optional<SyncProgress>()> sync_progress;
    /// Sets the level of all loggers, or of those named; false: no such level.
    std::function<bool(std::string_view level, std::span<const std::string> loggers)> set_log_level;

    /// Ids of filters; empty: random, 16 bytes without leading zeros.
    std::function<std::string()> make_filter_id;
    /// Empty: the steady clock.
    std::function<std::chrono::steady_clock::time_point()> now;

    telemetry::Metrics* metrics = nullptr;  ///< May be null.
    telemetry::Logger log;
};

}  // namespace meta138::rpc
