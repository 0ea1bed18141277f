// SPDX-License-Identifier: Apache-2.0
#include "meta138/node/node.hpp"

#include "banner.hpp"
#include "block_producer.hpp"
#include "chain_thread.hpp"
#include "data_directory.hpp"
#include "dev/dev_chain.hpp"
#include "dev/methods.hpp"
#include "endpoints.hpp"
#include "genesis_file.hpp"
#include "metrics_pusher.hpp"
#include "network_options.hpp"
#include "node_metrics.hpp"
#include "open_chain.hpp"
#include "peer_control.hpp"
#include "peer_to_peer.hpp"
#include "permissions.hpp"
#include "pool_feed.hpp"
#include "qbft/control.hpp"
#include "qbft/driver.hpp"
#include "upkeep.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/rpc/engine.hpp"
#include "meta138/rpc/server.hpp"
#include "meta138/txpool/journal.hpp"
#include "meta138/txpool/pool_journal.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

namespace meta138::node {
namespace {

constexpr std::size_t max_chain_tasks = 10'000;

std::size_t request_threads_of(const RpcLimits& limits) {
    constexpr std::size_t most = 64;
    const std::size_t wanted =
        limits.threads != 0 ? limits.threads : std::thread::hardware_concurrency();
    return std::clamp<std::size_t>(wanted, 2, most);
}

/// A chain that leaves no trace has a key for its run alone, unless it was given one.
crypto::SecretKey node_key_of(const Options& options) {
    if (options.storage.in_memory && !std::filesystem::exists(options.node_key_file))
        return crypto::SecretKey::generate();
    return load_node_key(options.node_key_file, true);
}

std::uint64_t highest_eth_version() {
    std::uint64_t highest = 0;
    for (const auto& offered : sync::EthProtocol::capabilities())
        highest = std::max(highest, offered.capability.version);
    return highest;
}

/// Empty: nothing is kept.
std::filesystem::path consensus_state_of(const Options& options) {
    return options.storage.in_memory ? std::filesystem::path{}
                                     : options.data_path / "consensus-state";
}

std::string reason_of(const std::exception_ptr& fault) {
    try {
        std::rethrow_exception(fault);
    } catch (const std::exception& e) {
        return e.what();
    } catch (...) {
        return "unknown";
    }
}

std::vector<telemetry::Category> categories_of(const MetricsOptions& options) {
    std::vector<telemetry::Category> categories;
    for (const auto& name : options.categories)
        if (const auto category = telemetry::parse_category(name)) categories.push_back(*category);
    if (options.categories.empty())
        categories.assign(telemetry::default_categories().begin(),
                          telemetry::default_categories().end());
    return categories;
}

}  // namespace

class Node::Implementation {
public:
    Implementation(const Options& options, const telemetry::Logger& log, SetLogLevel set_log_level,
                   std::function<void(const std::string&)> on_fault)
        : options_{options},
          log_{log.named("node.Node")},
          set_log_level_{std::move(set_log_level)},
          on_fault_{std::move(on_fault)},
          metrics_{categories_of(options.metrics)},
          process_metrics_{telemetry::register_process_metrics(metrics_, "0.1.0")},
          directory_{options},
          key_{node_key_of(options)},
          permissions_{options.permissions, metrics_},
          chain_{options},
          pool_{pool_config_of(options.pool, options.limits, chain_.genesis().zero_base_fee),
                pool_head_of(*chain_.chain().view()), accounts_of(chain_.chain().view()),
                pool_hooks()},
          node_metrics_{metrics_, chain_.chain(), pool_, chain_.database(),
                        [this] { return peers_ ? peers_->sync_status().highest_block : 0; }},
          is_permitted_{pool_hooks().is_permitted},
          producer_{chain_.chain(),
                    pool_,
                    options.production,
                    is_permitted_,
                    log.named("node.BlockProducer"),
                    metrics_} {
        for (const auto& warning : options.warnings) log_.warn("{}", warning);
        for (const auto& warning : genesis_warnings(chain_.genesis(), options))
            log_.warn("{}", warning);
        restore_pool();
        chain_thread_.emplace(max_chain_tasks,
                              [this](const std::exception_ptr& fault) { report(fault); });
        listeners_.push_back(chain_.chain().add_listener(
            [this](const blockchain::HeadEvent& event) { on_head(event); }));
        if (chain_.qbft()) make_driver(log);
        if (options.peers.enabled) make_peers(log);
        request_threads_.emplace(request_threads_of(options.limits));
        if (options.dev.enabled)
            dev_.emplace(chain_.chain(), pool_, producer_, *chain_thread_, options.dev);
        make_backend(log);
        server_.emplace(make_methods(), backend_, rpc_settings_of(options));
        chain_.chain().set_known_senders(
            [this](std::span<const Hash32> hashes, std::span<std::optional<Address>> out) {
                pool_.find_senders(hashes, out);
            });
        pool_observer_ = pool_.add_observer(
            {.on_added =
                 [this](const auto& added) {
                     server_->transaction_added(added);
                     if (driver_) driver_->on_transactions();
                 },
             .on_removed = [this](const auto& gone,
                                  auto why) { server_->transaction_removed(gone, why); }});
        endpoints_.emplace(
            options, *server_, *request_threads_, [this] { return readiness(); }, metrics_, log_);
        backend_.node.services = endpoints_->services();
        server_is_ready_ = true;
        if (peers_) peers_->start();
        endpoints_->start();
        upkeep_.emplace(pool_, chain_.database(),
                        options.storage.keep != StorageOptions::Keep::archive);
        if (options.metrics.push.enabled)
            pusher_.emplace(options.metrics.push, metrics_, log.named("node.MetricsPusher"));
        directory_.write_ports(ports(), options.peers.host);
        log_.info("{}", framed(overview(options, *chain_.chain().view(), pool_.config(), ports())));
        if (options.dev.enabled) log_.info("{}", dev_accounts_text(options.dev));
        if (driver_) driver_->start();
        log_.info("Ethereum main loop is up.");
    }

    /// The reverse of the constructor.
    ~Implementation() {
        log_.info("Stopping: finishing the requests at hand");
        pusher_.reset();
        upkeep_.reset();
        endpoints_->stop();
        if (peers_) peers_->stop();
        request_threads_->stop();
        pool_.remove_observer(pool_observer_);
        server_is_ready_ = false;
        chain_thread_->run_last([this] {
            if (driver_) driver_->stop();
            for (const auto listener : listeners_) chain_.chain().remove_listener(listener);
        });
        dev_.reset();
        chain_thread_->stop();
        save_pool();
        endpoints_.reset();
        server_.reset();
        log_.info("Stopped at block #{}", with_commas(chain_.chain().view()->head().header.number));
    }

    Implementation(const Implementation&) = delete;
    Implementation& operator=(const Implementation&) = delete;

    [[nodiscard]] ListeningPorts ports() const {
        auto ports = endpoints_->ports();
        if (peers_) {
            const auto local = peers_->network().local();
            ports.p2p = local.tcp_port;
            ports.discovery = local.udp_port;
        }
        return ports;
    }

private:
    [[nodiscard]] txpool::PoolHooks pool_hooks() const {
        txpool::PoolHooks hooks;
        if (const auto* accounts = permissions_.accounts())
            hooks.is_permitted = [accounts](const Address& sender) {
                return accounts->is_permitted(sender);
            };
        return hooks;
    }

    void make_driver(const telemetry::Logger& log) {
        if (!options_.storage.sync_every_block)
            log_.warn(
                "--storage-sync-enabled=false on a QBFT network: after a power cut this validator "
                "may lack blocks that it signed, and must not sign again at their heights");
        const auto local = crypto::address_of(crypto::public_key(key_));
        const QbftDriver::Parts parts{
            .chain = chain_.chain(),
            .config = *chain_.qbft(),
            .sets = *chain_.validator_sets(),
            .thread = *chain_thread_,
            .local = local,
            .pool = pool_,
            .producer = producer_,
            .is_permitted = is_permitted_,
            .metrics = metrics_,
            .log = log.named("qbft.QbftDriver"),
        };
        consensus::ValidatorSettings settings{
            .local = local,
            .sign = [this](const Hash32& hash) { return crypto::sign(hash, key_); },
            .selection_max_time_percent = options_.production.selection_max_percent,
            .max_round_timeout = options_.qbft.max_round_timeout,
            .early_round_change = options_.qbft.early_round_change,
            .legacy_encoding = options_.qbft.legacy_encoding,
        };
        driver_.emplace(
            std::move(settings), consensus_state_of(options_), options_.qbft.clock_offset, parts,
            QbftDriver::Outlets{.send =
                                    [this](const qbft::Send& message) {
                                        if (peers_) peers_->send(message);
                                    },
                                .behind =
                                    [this](std::uint64_t number) {
                                        if (peers_) peers_->on_behind(number);
                                    },
                                .position =
                                    [this](std::uint64_t head, std::vector<Address> validators) {
                                        if (peers_)
                                            peers_->set_position(head, std::move(validators));
                                    }});
        qbft_control_.emplace(
            *driver_, *chain_thread_, chain_.chain(), *chain_.validator_sets(),
            [this] { return peers_ ? peers_->connected_validators() : std::nullopt; },
            log.named("qbft.QbftControl"));
        // After the validator's own, so that it wants to be woken by the new head.
        listeners_.push_back(chain_.chain().add_listener(
            [this](const blockchain::HeadEvent& /*event*/) { driver_->on_head(); }));
    }

    void make_peers(const telemetry::Logger& log) {
        auto network = network_options_of(options_, chain_.genesis());
        follow_forks(network, chain_.chain());
        if (auto* nodes = permissions_.nodes()) {
            nodes->fix(network.bootnodes);
            nodes->fix(network.static_nodes);
            nodes->when_changed([this] { peers_->network().recheck_permissions(); });
            network.find_refusal = [nodes](const p2p::Enode& node) {
                return nodes->find_refusal(node);
            };
        }
        peers_.emplace(std::move(network), network_id(), options_.qbft.relay,
                       PeerToPeer::Parts{.key = key_,
                                         .required_blocks = options_.peers.required_blocks,
                                         .chain = chain_.chain(),
                                         .thread = *chain_thread_,
                                         .pool = pool_,
                                         .metrics = metrics_,
                                         .on_sync_changed =
                                             [this] {
                                                 if (server_is_ready_)
                                                     server_->sync_changed(sync_progress());
                                             },
                                         .log = log,
                                         .serves_states = options_.peers.serves_states},
                       driver_ ? &*driver_ : nullptr);
        peer_control_.emplace(peers_->network(),
                              PeerControl::Settings{.dns = options_.peers.dns,
                                                    .eth_version = highest_eth_version(),
                                                    .chain_of = [this](p2p::PeerId peer) {
                                                        return peers_->eth().chain_of(peer);
                                                    }});
    }

    [[nodiscard]] std::uint64_t network_id() const {
        return options_.network_id.value_or(chain_.genesis().schedule.chain_id);
    }

    [[nodiscard]] Readiness readiness() const {
        if (!peers_) return {};
        const auto status = peers_->sync_status();
        return {.peers = peers_->peer_count(),
                .blocks_behind =
                    status.highest_block - std::min(status.highest_block, status.current_block)};
    }

    [[nodiscard]] std::optional<rpc::SyncProgress> sync_progress() const {
        const auto status = peers_->sync_status();
        if (!status.is_syncing) return std::nullopt;
        return rpc::SyncProgress{.starting_block = status.starting_block,
                                 .current_block = status.current_block,
                                 .highest_block = status.highest_block};
    }

    void make_backend(const telemetry::Logger& log) {
        backend_.view = [this] { return chain_.chain().view(); };
        backend_.run_on_chain_thread = [this](const auto& task) {
            chain_thread_->run([&] { task(chain_.chain()); });
        };
        backend_.bad_blocks = [this] {
            std::vector<Block> blocks;
            for (const auto& block : chain_.chain().bad_blocks()) blocks.push_back(*block);
            return blocks;
        };
        backend_.code_cache = &chain_.chain().code_cache();
        backend_.pool = &pool_;
        backend_.node.client_version = client_version_text();
        backend_.node.network_id = uint256{network_id()};
        backend_.node.data_path = options_.data_path;
        if (options_.dev.enabled || driver_) backend_.mining = &producer_;
        if (permissions_.accounts() != nullptr || permissions_.nodes() != nullptr)
            backend_.permissioning = &permissions_;
        backend_.set_log_level = set_log_level_;
        backend_.metrics = &metrics_;
        backend_.log = log.named("rpc.Server");
        if (qbft_control_) backend_.qbft = &*qbft_control_;
        if (!peers_) return;
        backend_.sync_progress = [this] { return sync_progress(); };
        backend_.peers = &*peer_control_;
    }

    /// Hardhat's helpers only steer nodes whose version begins with a name they know.
    [[nodiscard]] std::string client_version_text() const {
        return (options_.dev.enabled ? "anvil/" : "") + client_version(options_.identity);
    }

    rpc::MethodTable make_methods() {
        auto methods = rpc::standard_methods();
        // Answered where an endpoint's list of APIs has TESTING or ENGINE. Like Besu's, the Engine
        // API is for chains that have a terminal total difficulty.
        rpc::add_testing_methods(methods);
        if (chain_.genesis().schedule.terminal_total_difficulty) rpc::add_engine_methods(methods);
        if (!dev_) return methods;
        const DevContext context{.dev = *dev_,
                                 .thread = *chain_thread_,
                                 .pool = pool_,
                                 .options = options_.dev,
                                 .client_version = client_version_text()};
        add_dev_methods(methods, context);
        add_signing_methods(methods, context);
        return methods;
    }

    /// On the chain's thread.
    void on_head(const blockchain::HeadEvent& event) {
        // First the pool: who hears of the head next asks it for nonces.
        feed_head(pool_, event);
        node_metrics_.count(event);
        if (event.removed.size() >= options_.reorg_logging_threshold && !event.added.empty())
            log_.warn("Chain Reorganization +{} new / -{} old", event.added.size(),
                      event.removed.size());
        if (server_is_ready_) server_->head_changed(event);
        if (peers_) peers_->on_head(event);
    }

    void report(const std::exception_ptr& fault) {
        const auto reason = reason_of(fault);
        log_.error("The chain's thread cannot go on: {}", reason);
        if (!has_fault_.exchange(true)) on_fault_(reason);
    }

    void restore_pool() {
        if (!options_.pool.save_restore) return;
        const auto& file = options_.pool.save_file;
        if (!std::filesystem::exists(file)) return;
        log_.info("Loading transaction pool content from file {}", file.string());
        const auto content = txpool::read_journal(file);
        if (!content) {
            log_.warn("The transaction pool's file {} cannot be read: {}", file.string(),
                      content.error().message());
            return;
        }
        const auto restored = txpool::restore(pool_, content->transactions);
        log_.info("Added {} transactions of {} loaded from file {}", restored.added, restored.total,
                  file.string());
    }

    void save_pool() {
        if (!options_.pool.save_restore) return;
        const auto transactions = txpool::save(pool_);
        log_.info("Saving {} transactions to file {}", transactions.size(),
                  options_.pool.save_file.string());
        if (const auto error = txpool::write_save_file(options_.pool.save_file, transactions))
            log_.error("The transaction pool could not be saved: {}", error.message());
    }

    const Options options_;
    telemetry::Logger log_;
    SetLogLevel set_log_level_;
    std::function<void(const std::string&)> on_fault_;
    std::atomic<bool> has_fault_{false};

    telemetry::Metrics metrics_;
    std::vector<telemetry::Metrics::Registration> process_metrics_;
    DataDirectory directory_;
    const crypto::SecretKey key_;
    Permissions permissions_;
    OpenChain chain_;
    txpool::SharedPool pool_;
    NodeMetrics node_metrics_;
    const std::function<bool(const Address&)> is_permitted_;  // empty: everybody is
    BlockProducer producer_;
    rpc::Backend backend_;
    std::vector<std::size_t> listeners_;
    std::size_t pool_observer_ = 0;
    std::atomic<bool> server_is_ready_{false};

    // In the order in which they start, but for the development chain: tasks refer to it.
    std::optional<DevChain> dev_;
    std::optional<ChainThread> chain_thread_;
    std::optional<QbftDriver> driver_;
    std::optional<QbftControl> qbft_control_;
    std::optional<PeerToPeer> peers_;
    std::optional<PeerControl> peer_control_;
    std::optional<RequestThreads> request_threads_;
    std::optional<rpc::Server> server_;
    std::optional<Endpoints> endpoints_;
    std::optional<Upkeep> upkeep_;
    std::optional<MetricsPusher> pusher_;
};

Node::Node(const Options& options, const telemetry::Logger& log, SetLogLevel set_log_level,
           std::function<void(const std::string& reason)> on_fault)
    : implementation_{std::make_unique<Implementation>(options, log, std::move(set_log_level),
                                                       std::move(on_fault))} {}

Node::~Node() = default;

ListeningPorts Node::ports() const {
    return implementation_->ports();
}

}  // namespace meta138::node
