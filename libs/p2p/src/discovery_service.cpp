// SPDX-License-Identifier: Apache-2.0
#include "discovery_service.hpp"

#include "discovery_metrics.hpp"
#include "dns_tree_follower.hpp"
#include "name_watcher.hpp"
#include "record_file.hpp"
#include "udp_socket.hpp"

#include "meta138/crypto/random.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace meta138::p2p {
namespace {

using Clock = std::chrono::steady_clock;

// The fork id may have changed, metrics are brought up to date.
constexpr std::chrono::seconds housekeeping_interval{2};
constexpr std::chrono::minutes clock_warning_interval{10};
constexpr std::chrono::minutes silence_warning_interval{5};
// So many expired packets, and more than half of all, mean that our clock is wrong.
constexpr std::uint64_t expired_that_matter = 20;

Discovery::Now now() {
    const auto unix_time = std::chrono::system_clock::now().time_since_epoch();
    return {.time = Clock::now(),
            .unix_seconds = static_cast<std::uint64_t>(
                std::chrono::duration_cast<std::chrono::seconds>(unix_time).count())};
}

IpAddress listen_address(const std::string& host) {
    if (const auto address = IpAddress::parse(host)) return *address;
    throw std::system_error{std::make_error_code(std::errc::invalid_argument),
                            fmt::format("'{}' is not an address to listen on", host)};
}

}  // namespace

class DiscoveryService::Implementation : public std::enable_shared_from_this<Implementation> {
public:
    Implementation(asio::io_context& io, DiscoveryServiceOptions options,
                   const crypto::SecretKey& key, const telemetry::Logger& log,
                   telemetry::Metrics& metrics, OnFound on_found)
        : io_{io},
          options_{std::move(options)},
          key_{key},
          log_{log.named("p2p.Discovery")},
          metrics_{metrics},
          on_found_{std::move(on_found)},
          timer_{io},
          housekeeping_timer_{io},
          names_{io, log_} {}

    void start();
    void stop();

    [[nodiscard]] Discovery& core() { return *core_; }
    [[nodiscard]] std::uint16_t udp_port() const { return udp_port_; }
    [[nodiscard]] Enode local() const;
    void set_wanted(bool wanted) {
        core_->set_wanted(wanted, now());
        step();
    }

private:
    void open(const std::string& host, std::uint16_t port);
    void listen(UdpSocket& socket);
    void step();
    void flush();
    void arm();
    void housekeeping();
    void warn_of_clock();
    void warn_of_silence();
    void tell_seen_as(const UdpEndpoint& seen_as);
    void keep_record();
    void resolve_names();
    void follow_dns_trees();
    void add_dns_node(const NodeRecord& record);
    [[nodiscard]] RecordContent content() const;
    [[nodiscard]] DiscoveryOptions core_options() const;
    [[nodiscard]] UdpSocket* socket_for(const IpAddress& address);

    asio::io_context& io_;
    DiscoveryServiceOptions options_;
    const crypto::SecretKey& key_;
    telemetry::Logger log_;
    DiscoveryMetrics metrics_;
    OnFound on_found_;
    asio::steady_timer timer_;
    asio::steady_timer housekeeping_timer_;
    NameWatcher names_;
    std::shared_ptr<DnsTreeFollower> dns_trees_;
    std::optional<UdpSocket> socket_;
    std::optional<UdpSocket> socket_ipv6_;
    std::optional<Discovery> core_;
    std::uint16_t udp_port_ = 0;
    std::uint16_t udp_port_ipv6_ = 0;
    std::optional<IpAddress> advertised_;
    std::optional<IpAddress> advertised_ipv6_;
    std::optional<UdpEndpoint> seen_as_;
    std::optional<NodeRecord> kept_record_;
    std::uint64_t expired_before_ = 0;
    std::uint64_t received_before_ = 0;
    Clock::time_point clock_checked_{};
    Clock::time_point heard_somebody_ = Clock::now();
    bool is_stopped_ = false;
};

void DiscoveryService::Implementation::open(const std::string& host, std::uint16_t port) {
    const auto ip = listen_address(host);
    auto& socket = ip.is_v4() ? socket_ : socket_ipv6_;
    socket.emplace(io_, UdpEndpoint{.ip = ip, .port = port});
    (ip.is_v4() ? udp_port_ : udp_port_ipv6_) = socket->local().port;
}

void DiscoveryService::Implementation::start() {
    open(options_.listen_host, options_.udp_port);
    if (options_.listen_host_ipv6 && !socket_ipv6_)
        open(*options_.listen_host_ipv6, options_.udp_port_ipv6);
    if (!socket_) udp_port_ = udp_port_ipv6_;

    const auto parse = [](const std::string& host) { return IpAddress::parse(host); };
    advertised_ = parse(options_.advertised_host);
    if (options_.advertised_host_ipv6) advertised_ipv6_ = parse(*options_.advertised_host_ipv6);
    if (!options_.directory.empty()) kept_record_ = read_record(options_.directory / "enr");
    core_.emplace(core_options(), key_, content(), kept_record_, now(),
                  [](std::span<std::uint8_t> out) { crypto::fill_random(out); });
    keep_record();
    log_.info("Discovery listens on UDP {}{}{}",
              socket_ ? to_string(socket_->local()) : std::string{},
              socket_ && socket_ipv6_ ? " and " : "",
              socket_ipv6_ ? to_string(socket_ipv6_->local()) : std::string{});
    if (socket_) listen(*socket_);
    if (socket_ipv6_) listen(*socket_ipv6_);
    resolve_names();
    follow_dns_trees();
    asio::post(io_, [self = shared_from_this()] {
        if (self->is_stopped_) return;
        self->step();
        self->housekeeping();
    });
}

void DiscoveryService::Implementation::stop() {
    if (std::exchange(is_stopped_, true)) return;
    timer_.cancel();
    housekeeping_timer_.cancel();
    names_.stop();
    if (dns_trees_) dns_trees_->stop();
    if (socket_) socket_->close();
    if (socket_ipv6_) socket_ipv6_->close();
}

DiscoveryOptions DiscoveryService::Implementation::core_options() const {
    DiscoveryOptions result{.ipv4 = socket_.has_value(),
                            .ipv6 = socket_ipv6_.has_value(),
                            .retry_bootnodes = options_.retry_bootnodes,
                            .request_records = options_.filter_on_fork_id,
                            .limits = options_.limits};
    for (const auto& bootnode : options_.bootnodes)
        if (const auto node = to_node(bootnode)) result.bootnodes.push_back(*node);
    if (options_.filter_on_fork_id) result.accepts_fork_id = options_.accepts_fork_id;
    if (options_.is_permitted)
        result.accepts = [is_permitted = options_.is_permitted](const Node& node) {
            return is_permitted(to_enode(node));
        };
    return result;
}

RecordContent DiscoveryService::Implementation::content() const {
    RecordContent result{.tcp = options_.tcp_port, .udp = udp_port_};
    if (options_.fork_id) result.fork_id = options_.fork_id();
    const auto say = [&result](const IpAddress& ip) { (ip.is_v4() ? result.ip : result.ip6) = ip; };
    if (advertised_ipv6_) say(*advertised_ipv6_);
    if (advertised_) say(*advertised_);
    if (seen_as_) {
        say(seen_as_->ip);
        if (seen_as_->ip.is_v4()) result.udp = seen_as_->port;
    }
    if (result.ip6 && udp_port_ipv6_ != 0) {
        result.udp6 = udp_port_ipv6_;
        result.tcp6 = options_.tcp_port_ipv6;
    }
    return result;
}

Enode DiscoveryService::Implementation::local() const {
    const auto& content = core_->content();
    const auto ip = content.ip ? content.ip : content.ip6;
    return {.id = crypto::public_key(key_),
            .host = ip ? to_string(*ip) : options_.advertised_host,
            .tcp_port = options_.tcp_port,
            .udp_port = content.udp == 0 ? std::nullopt : std::optional{content.udp}};
}

UdpSocket* DiscoveryService::Implementation::socket_for(const IpAddress& address) {
    auto& socket = address.is_v4() ? socket_ : socket_ipv6_;
    return socket ? &*socket : nullptr;
}

void DiscoveryService::Implementation::listen(UdpSocket& socket) {
    socket.wait([self = shared_from_this(), &socket](const boost::system::error_code& error) {
        if (error || self->is_stopped_) return;
        socket.receive([&self](ByteView datagram, const UdpEndpoint& from) {
            self->core_->receive(datagram, from, now());
        });
        self->step();
        self->listen(socket);
    });
}

/// After anything that happened: carries out what the core wants and waits for what is next.
void DiscoveryService::Implementation::step() {
    if (is_stopped_) return;
    if (core_->due() <= Clock::now()) core_->on_time(now());
    flush();
    arm();
}

void DiscoveryService::Implementation::flush() {
    const auto output = core_->take_output();
    for (const auto& [to, datagram] : output.datagrams) {
        auto* const socket = socket_for(to.ip);
        if (socket == nullptr || !socket->send(datagram, to))
            log_.debug("A discovery packet to {} could not be sent", to_string(to));
    }
    if (output.seen_as) tell_seen_as(output.seen_as->endpoint);
    for (const auto& found : output.found) on_found_(found);
}

void DiscoveryService::Implementation::arm() {
    timer_.expires_at(core_->due());
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
        if (!error) self->step();
    });
}

void DiscoveryService::Implementation::housekeeping() {
    if (is_stopped_) return;
    if (core_->update_record(content())) keep_record();
    metrics_.update(*core_);
    warn_of_clock();
    warn_of_silence();
    housekeeping_timer_.expires_after(housekeeping_interval);
    housekeeping_timer_.async_wait(
        [self = shared_from_this()](const boost::system::error_code& error) {
            if (!error) self->housekeeping();
        });
}

void DiscoveryService::Implementation::warn_of_clock() {
    if (Clock::now() - clock_checked_ < clock_warning_interval) return;
    clock_checked_ = Clock::now();
    const auto& counts = core_->counts();
    const auto received = DiscoveryCounts::sum(counts.received);
    const auto expired = counts.expired - std::exchange(expired_before_, counts.expired);
    const auto all = received - std::exchange(received_before_, received);
    if (expired >= expired_that_matter && 2 * expired > all)
        log_.warn("{} of the last {} discovery packets had expired: is this machine's clock right?",
                  expired, all);
}

void DiscoveryService::Implementation::warn_of_silence() {
    if (options_.bootnodes.empty() || !core_->nodes().empty()) {
        heard_somebody_ = Clock::now();
        return;
    }
    if (Clock::now() - heard_somebody_ < silence_warning_interval) return;
    heard_somebody_ = Clock::now();
    log_.warn(
        "No node answers discovery, none of the {} bootnodes either: are their addresses and "
        "node ids right, and does UDP reach them?",
        options_.bootnodes.size());
}

void DiscoveryService::Implementation::tell_seen_as(const UdpEndpoint& seen_as) {
    const bool is_set =
        advertised_ && !advertised_->is_loopback() && !advertised_->is_unspecified();
    if (options_.nat == NatMethod::none || is_set || seen_as_ == seen_as) return;
    seen_as_ = seen_as;
    log_.info("Other nodes see this one at {}, which is advertised now; --p2p-host sets another",
              to_string(seen_as));
    if (core_->update_record(content())) keep_record();
}

void DiscoveryService::Implementation::keep_record() {
    const auto& record = core_->record();
    log_.debug("Node record {} {}", record.sequence(), record.text());
    if (options_.directory.empty() || kept_record_ == record) return;
    const auto file = options_.directory / "enr";
    if (const auto error = write_record(file, record))
        log_.warn("Cannot keep the node record in {}: {}", file.string(), error.message());
    else
        kept_record_ = record;
}

void DiscoveryService::Implementation::resolve_names() {
    const auto begin = [this](const std::string& host, NameWatcher::OnFound found) {
        names_.watch(
            host, [this](const IpAddress& ip) { return socket_for(ip) != nullptr; },
            std::move(found));
    };
    const auto readvertise = [this] {
        if (core_->update_record(content())) keep_record();
    };
    if (!advertised_)
        begin(options_.advertised_host, [this, readvertise](const IpAddress& ip) {
            advertised_ = ip;
            readvertise();
        });
    if (options_.advertised_host_ipv6 && !advertised_ipv6_)
        begin(*options_.advertised_host_ipv6, [this, readvertise](const IpAddress& ip) {
            advertised_ipv6_ = ip;
            readvertise();
        });
    for (const auto& bootnode : options_.bootnodes) {
        if (!bootnode.udp_port) {
            log_.warn("Bootnode {} takes no part in discovery (discport=0) and is not asked",
                      to_string(bootnode));
        } else if (!has_address(bootnode) && !options_.dns) {
            log_.warn("Bootnode {} has a host name, and names are switched off (--Xdns-enabled)",
                      to_string(bootnode));
        } else if (!has_address(bootnode)) {
            begin(bootnode.host, [this, bootnode](const IpAddress& ip) {
                const Node node{.id = bootnode.id,
                                .endpoint = {.ip = ip, .port = *bootnode.udp_port},
                                .tcp_port = bootnode.tcp_port};
                core_->add_bootnodes(std::span{&node, 1}, now());
                step();
            });
        }
    }
}

void DiscoveryService::Implementation::follow_dns_trees() {
    if (options_.dns_trees.empty()) return;
    auto servers = options_.name_servers.empty() ? read_name_servers("/etc/resolv.conf")
                                                 : options_.name_servers;
    dns_trees_ = std::make_shared<DnsTreeFollower>(
        io_, options_.dns_trees, std::move(servers), log_,
        [this](const NodeRecord& record) { add_dns_node(record); });
    dns_trees_->start();
}

void DiscoveryService::Implementation::add_dns_node(const NodeRecord& record) {
    const auto fork_id = record.fork_id();
    if (options_.filter_on_fork_id && options_.accepts_fork_id && fork_id &&
        !options_.accepts_fork_id(*fork_id))
        return;
    Node node{.id = record.key()};
    if (record.ip() && record.udp() && socket_)
        node = {.id = record.key(),
                .endpoint = {.ip = *record.ip(), .port = *record.udp()},
                .tcp_port = record.tcp().value_or(0)};
    else if (record.ip6() && record.udp6() && socket_ipv6_)
        node = {.id = record.key(),
                .endpoint = {.ip = *record.ip6(), .port = *record.udp6()},
                .tcp_port = record.tcp6().value_or(0)};
    else
        return;
    core_->add(node, now());
    step();
}

DiscoveryService::DiscoveryService(boost::asio::io_context& io, DiscoveryServiceOptions options,
                                   const crypto::SecretKey& key, const telemetry::Logger& log,
                                   telemetry::Metrics& metrics, OnFound on_found)
    : implementation_{std::make_shared<Implementation>(io, std::move(options), key, log, metrics,
                                                       std::move(on_found))} {}

DiscoveryService::~DiscoveryService() {
    implementation_->stop();
}

void DiscoveryService::start() {
    implementation_->start();
}
void DiscoveryService::stop() {
    implementation_->stop();
}
std::uint16_t DiscoveryService::udp_port() const {
    return implementation_->udp_port();
}
Enode DiscoveryService::local() const {
    return implementation_->local();
}
const NodeRecord& DiscoveryService::record() const {
    return implementation_->core().record();
}
void DiscoveryService::set_wanted(bool wanted) {
    implementation_->set_wanted(wanted);
}
void DiscoveryService::recheck_permissions() {
    implementation_->core().recheck();
}
std::vector<Enode> DiscoveryService::sample(std::size_t count) {
    std::vector<Enode> result;
    for (const auto& node : implementation_->core().sample(count)) result.push_back(to_enode(node));
    return result;
}
std::size_t DiscoveryService::table_size() const {
    return implementation_->core().table_size();
}

}  // namespace meta138::p2p
