// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io_thread.hpp"
#include "response_reader.hpp"
#include "stream.hpp"
#include "wake_up.hpp"

#include "meta138/http/client.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace meta138::http {

class ClientConnection;

/// One request and whom to tell. Made on any thread; all but cancel() is of the io thread.
class ClientExchange : public Cancellable, public std::enable_shared_from_this<ClientExchange> {
public:
    ClientExchange(std::weak_ptr<Client::State> state, Client::Callback callback)
        : state_{std::move(state)}, callback_{std::move(callback)} {}

    void cancel() override;

    /// The first result counts.
    void finish(ClientResult result);
    [[nodiscard]] bool is_done() const noexcept { return done_; }

    Url url;
    std::string origin;
    std::string head;  ///< with its empty line
    std::string body;
    bool to_head = false;  ///< the method is HEAD
    bool repeatable = false;
    bool may_have_arrived = false;
    std::chrono::milliseconds timeout{};
    std::optional<asio::steady_timer> deadline;
    ClientConnection* connection = nullptr;  ///< the one that it was given to

private:
    std::weak_ptr<Client::State> state_;
    Client::Callback callback_;
    bool done_ = false;
};

/// A connection that carries one exchange after the other. On the io thread.
class ClientConnection : public Member, public std::enable_shared_from_this<ClientConnection> {
public:
    ClientConnection(Client::State& state, std::string origin);

    /// Connects, and serves `first`.
    void start(const std::shared_ptr<ClientExchange>& first);
    /// An idle connection gets work. False if the server has closed it meanwhile.
    [[nodiscard]] bool assign(const std::shared_ptr<ClientExchange>& exchange);
    /// Ends at once.
    void close();
    [[nodiscard]] const std::string& origin() const noexcept { return origin_; }
    /// Null: idle.
    [[nodiscard]] const std::shared_ptr<ClientExchange>& exchange() const noexcept {
        return exchange_;
    }

    void sweep(Clock::time_point now) override;
    void drain() override { close(); }
    void close_now() override { close(); }

private:
    asio::awaitable<void> run(std::shared_ptr<ClientConnection> self);
    /// Serves exchange_; whether the connection may serve another.
    asio::awaitable<bool> serve();
    void take(const std::shared_ptr<ClientExchange>& exchange);
    /// exchange_ has its result; nothing of this connection is its any more.
    void finish(ClientResult result);

    Client::State& state_;
    const std::string origin_;
    const std::shared_ptr<Stream> stream_;
    std::shared_ptr<ClientExchange> exchange_;
    bool has_served_ = false;
    Clock::time_point idle_since_{};
    WakeUp wake_up_;
};

}  // namespace meta138::http
