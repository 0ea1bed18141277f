// SPDX-License-Identifier: Apache-2.0
#include "meta138/http/server.hpp"

#include "endpoint.hpp"
#include "io_thread.hpp"
#include "listener.hpp"
#include "worker.hpp"

#include <algorithm>
#include <condition_variable>
#include <thread>

namespace meta138::http {
namespace {

constexpr std::chrono::milliseconds sweep_interval{100};
constexpr std::chrono::milliseconds drain_poll{5};

unsigned thread_count(unsigned wanted) {
    return wanted ? wanted : std::clamp(std::thread::hardware_concurrency(), 1u, 4u);
}

std::string_view service_name(const std::string& endpoint) {
    if (endpoint == "http") return "JSON-RPC";
    if (endpoint == "ws") return "Websocket";
    if (endpoint == "ipc") return "IPC";
    if (endpoint == "graphql") return "GraphQL";
    return endpoint;
}

}  // namespace

struct Server::State {
    telemetry::Logger log;
    telemetry::Metrics& metrics;
    std::shared_ptr<Worker> worker = std::make_shared<Worker>();
    std::vector<std::shared_ptr<IoThread>> threads;
    std::vector<std::shared_ptr<Listener>> listeners;
    bool started = false;
    bool stopped = false;

    [[nodiscard]] std::size_t connections() const noexcept {
        std::size_t result = 0;
        for (const auto& listener : listeners) result += listener->endpoint().connections();
        return result;
    }

    void start(Listener& listener) const {
        listener.start();
        log.info("{} service started and listening on {}",
                 service_name(listener.endpoint().options.name), listener.address());
    }

    /// False if connections are left when the time has come.
    [[nodiscard]] bool wait_for_connections(std::chrono::milliseconds patience) const {
        const auto deadline = Clock::now() + patience;
        while (connections() != 0) {
            if (Clock::now() >= deadline) return false;
            std::this_thread::sleep_for(drain_poll);
        }
        return true;
    }
};

Server::Server(ServerOptions options, telemetry::Logger log, telemetry::Metrics& metrics)
    : state_{std::make_unique<State>(log.named("http.JsonRpcHttpService"), metrics)} {
    for (unsigned i = 0; i < thread_count(options.io_threads); ++i)
        state_->threads.push_back(std::make_shared<IoThread>(sweep_interval));
}

Server::~Server() {
    stop(std::chrono::milliseconds{0});
}

std::uint16_t Server::listen(EndpointOptions options, Handler& handler) {
    auto endpoint = std::make_shared<Endpoint>(std::move(options), handler, state_->worker,
                                               state_->log, state_->metrics);
    auto socket = std::make_unique<ListeningSocket>(endpoint->options);
    const auto port = socket->port();
    state_->listeners.push_back(
        std::make_shared<Listener>(std::move(socket), std::move(endpoint), state_->threads));
    if (state_->started) state_->start(*state_->listeners.back());
    return port;
}

void Server::start() {
    unsigned number = 0;
    for (const auto& thread : state_->threads) thread->start("io-" + std::to_string(number++));
    state_->started = true;
    for (const auto& listener : state_->listeners) state_->start(*listener);
}

void Server::stop(std::chrono::milliseconds grace) {
    if (std::exchange(state_->stopped, true)) return;
    const auto tell = [this](void (IoThread::*what)()) {
        for (const auto& thread : state_->threads)
            thread->post([one = thread, what] { ((*one).*what)(); });
    };
    for (const auto& listener : state_->listeners) listener->stop();
    if (state_->started) {
        tell(&IoThread::drain);
        if (!state_->wait_for_connections(grace)) {
            state_->log.info("Closing {} connections that have not ended in time",
                             state_->connections());
            tell(&IoThread::close_now);
        }
    }
    state_->worker->stop();
    for (const auto& thread : state_->threads) thread->join();
    for (const auto& listener : state_->listeners)
        state_->log.info("{} service stopped", service_name(listener->endpoint().options.name));
    state_->listeners.clear();
}

std::size_t Server::connections() const noexcept {
    return state_->connections();
}

}  // namespace meta138::http
