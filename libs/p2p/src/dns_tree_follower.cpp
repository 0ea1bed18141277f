// SPDX-License-Identifier: Apache-2.0
#include "dns_tree_follower.hpp"

#include <utility>

namespace meta138::p2p {
namespace {

using Clock = std::chrono::steady_clock;

// Between questions.
constexpr std::chrono::milliseconds pace{300};

std::vector<DnsTreeUrl> parse_urls(const std::vector<std::string>& texts,
                                   const telemetry::Logger& log) {
    std::vector<DnsTreeUrl> urls;
    for (const auto& text : texts) {
        if (const auto url = parse_dns_tree_url(text))
            urls.push_back(*url);
        else
            log.warn("The node tree '{}' (--discovery-dns-url) is left out: {}", text, url.error());
    }
    return urls;
}

}  // namespace

DnsTreeFollower::DnsTreeFollower(asio::io_context& io, const std::vector<std::string>& urls,
                                 std::vector<UdpEndpoint> servers, const telemetry::Logger& log,
                                 OnRecord on_record)
    : log_{log},
      walk_{parse_urls(urls, log)},
      client_{std::make_shared<DnsClient>(io, std::move(servers))},
      timer_{io},
      on_record_{std::move(on_record)} {}

void DnsTreeFollower::stop() {
    is_stopped_ = true;
    client_->stop();
    timer_.cancel();
}

void DnsTreeFollower::step() {
    if (is_stopped_) return;
    const auto name = walk_.next(Clock::now());
    if (!name) {
        // Without trees never.
        if (walk_.due() != DnsTreeWalk::Time::max()) wait_until(walk_.due());
        return;
    }
    client_->ask(*name, [self = shared_from_this(), name = *name](const auto& texts) {
        if (self->is_stopped_) return;
        if (!texts) self->log_.debug("No TXT record of {}: {}", name, to_string(texts.error()));
        const auto record =
            self->walk_.answer(texts.value_or(std::vector<std::string>{}), Clock::now());
        if (record) self->on_record_(*record);
        self->wait_until(Clock::now() + pace);
    });
}

void DnsTreeFollower::wait_until(Clock::time_point time) {
    timer_.expires_at(time);
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
        if (!error) self->step();
    });
}

}  // namespace meta138::p2p
