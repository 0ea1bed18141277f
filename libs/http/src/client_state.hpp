// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client_connection.hpp"
#include "io_thread.hpp"
#include "stream.hpp"

#include "meta138/http/client.hpp"

#include <atomic>
#include <deque>
#include <expected>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace meta138::http {

/// What a Client and its WebSockets run on. On the io thread, but for what says otherwise.
struct Client::State : std::enable_shared_from_this<Client::State> {
    explicit State(ClientOptions options);

    ClientContext context;
    IoThread thread;
    std::atomic<std::size_t> connection_count{0};

    /// Any thread. Fills in what will be sent, or tells why it cannot be.
    [[nodiscard]] std::expected<void, ClientError> prepare(ClientRequest request,
                                                           ClientExchange& exchange) const;
    /// Any thread, once: cancels everything and waits for the thread.
    void stop();

    void begin(const std::shared_ptr<ClientExchange>& exchange);
    /// Gives an exchange to a connection, or lets it wait for one.
    void dispatch(const std::shared_ptr<ClientExchange>& exchange);
    /// Ends an exchange wherever it is, with an error.
    void abort(ClientExchange& exchange, ClientErrorKind kind);

    // For connections:
    /// What a connection does next; null: nothing waits, it is idle now.
    [[nodiscard]] std::shared_ptr<ClientExchange> next_for(ClientConnection& connection);
    void forget(const std::shared_ptr<ClientConnection>& connection);

private:
    /// The connections to one host, and the requests that wait for one.
    struct Host {
        std::set<std::shared_ptr<ClientConnection>> connections;
        std::vector<ClientConnection*> idle;
        std::deque<std::shared_ptr<ClientExchange>> waiting;
    };

    [[nodiscard]] bool give_to_idle(const std::shared_ptr<ClientExchange>& exchange);
    void abort_all();

    std::map<std::string, Host, std::less<>> hosts_;  // by origin
    std::size_t waiting_ = 0;
    bool stopping_ = false;
};

}  // namespace meta138::http
