// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/blockchain/chain_view.hpp"
#include "meta138/http/access.hpp"
#include "meta138/rpc/answer.hpp"
#include "meta138/rpc/api_selection.hpp"
#include "meta138/rpc/backend.hpp"
#include "meta138/rpc/settings.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace meta138::rpc {

class BatchSenders;
class FilterStore;
class SubscriptionHub;

enum class Transport : std::uint8_t { http, websocket, ipc };

/// Where notifications of a WebSocket or IPC connection go. Any thread; never waits.
class NotificationSink {
public:
    virtual ~NotificationSink() = default;
    /// Unique in the process, never used again.
    [[nodiscard]] virtual std::uint64_t id() const noexcept = 0;
    /// False: the connection is closed, or was closed because its queue is full. The sink bounds
    /// what waits for a slow client.
    virtual bool send(std::string message) = 0;
};

/// Who asks, and by which way.
struct Caller {
    Transport transport = Transport::http;
    http::Access access;  ///< By default everything.
    /// Null: all methods there are. Outlives the call.
    const ApiSelection* apis = nullptr;
    /// Of the connection; null on HTTP, where there are no subscriptions.
    std::shared_ptr<NotificationSink> sink;
    /// The caller has gone: long work may stop. May be empty.
    std::function<bool()> is_abandoned;
    /// Of one request, or of a whole batch; absent: Settings::timeout.
    std::optional<std::chrono::milliseconds> timeout = std::nullopt;
};

/// What a method sees. The view is the chain at the start of the request and does not change.
struct Request {
    std::shared_ptr<const blockchain::ChainView> view;
    const Backend& backend;
    const Settings& settings;
    const Caller& caller;
    FilterStore& filters;
    SubscriptionHub& subscriptions;
    /// What the method's writer appends to: methods with long answers let it leave in between.
    Answer& answer;
    std::chrono::steady_clock::time_point deadline;
    /// Of a batch that sends several transactions; else null.
    const BatchSenders* batch_senders = nullptr;

    /// Nobody waits for the answer any more, or too long: give up with error::timeout. The time
    /// that its reader takes is not the method's, up to Settings::reader_patience.
    [[nodiscard]] bool is_cancelled() const {
        return std::chrono::steady_clock::now() - answer.waited() >= deadline ||
               answer.waited() >= settings.reader_patience || answer.is_abandoned() ||
               (caller.is_abandoned && caller.is_abandoned());
    }
};

}  // namespace meta138::rpc
