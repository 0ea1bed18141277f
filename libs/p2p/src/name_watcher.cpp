// SPDX-License-Identifier: Apache-2.0
#include "name_watcher.hpp"

#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <list>
#include <optional>
#include <utility>

namespace meta138::p2p {
namespace {

constexpr std::chrono::seconds interval{60};
constexpr std::chrono::seconds interval_after_failure{10};

}  // namespace

class NameWatcher::State : public std::enable_shared_from_this<State> {
public:
    State(asio::io_context& io, telemetry::Logger log)
        : io_{io}, log_{std::move(log)}, resolver_{io} {}

    void watch(const std::string& host, IsUsable is_usable, OnFound on_found) {
        names_.push_back({.host = host,
                          .is_usable = std::move(is_usable),
                          .on_found = std::move(on_found),
                          .timer{io_}});
        resolve(names_.back());
    }

    void stop() {
        is_stopped_ = true;
        resolver_.cancel();
        for (auto& name : names_) name.timer.cancel();
    }

private:
    struct Name {
        std::string host;
        IsUsable is_usable;
        OnFound on_found;
        asio::steady_timer timer;  // until it is looked up again
    };
    using Results = asio::ip::udp::resolver::results_type;

    void resolve(Name& name) {
        resolver_.async_resolve(
            name.host, "",
            [self = shared_from_this(), &name](const boost::system::error_code& error,
                                               const Results& results) {
                if (!self->is_stopped_) self->on_resolved(name, error, results);
            });
    }

    void on_resolved(Name& name, const boost::system::error_code& error, const Results& results) {
        std::optional<IpAddress> address;
        for (const auto& result : results) {
            const auto ip = IpAddress::parse(result.endpoint().address().to_string());
            if (!ip || !name.is_usable(*ip)) continue;
            if (!address || (address->is_v6() && ip->is_v4())) address = ip;
        }
        if (address)
            name.on_found(*address);
        else
            log_.warn("Cannot resolve the name '{}': {}; trying again in {} s", name.host,
                      error ? error.message() : "no usable address",
                      interval_after_failure.count());
        if (is_stopped_) return;
        name.timer.expires_after(address ? interval : interval_after_failure);
        name.timer.async_wait(
            [self = shared_from_this(), &name](const boost::system::error_code& failed) {
                if (!failed && !self->is_stopped_) self->resolve(name);
            });
    }

    asio::io_context& io_;
    telemetry::Logger log_;
    asio::ip::udp::resolver resolver_;
    std::list<Name> names_;
    bool is_stopped_ = false;
};

NameWatcher::NameWatcher(asio::io_context& io, telemetry::Logger log)
    : state_{std::make_shared<State>(io, std::move(log))} {}

NameWatcher::~NameWatcher() {
    state_->stop();
}

void NameWatcher::watch(const std::string& host, IsUsable is_usable, OnFound on_found) {
    state_->watch(host, std::move(is_usable), std::move(on_found));
}

void NameWatcher::stop() {
    state_->stop();
}

}  // namespace meta138::p2p
