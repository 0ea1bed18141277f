// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/blockchain/chain.hpp"
#include "meta138/rpc/answer.hpp"
#include "meta138/rpc/method_table.hpp"
#include "meta138/rpc/request.hpp"
#include "meta138/rpc/settings.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace meta138::rpc {

/// The status of an HTTP answer, as Besu chooses it.
enum class HttpStatus : std::uint16_t { ok = 200, bad_request = 400, unauthorized = 401 };

/// Answers JSON-RPC 2.0 requests (besu-surface: single, batch, notifications), knows no socket.
///
/// All functions may be called from any thread, but head_changed() and the pool's events, which
/// come from one thread each in their order.
class Server {
public:
    /// `backend` outlives the server; its pool is not watched until watch_pool().
    Server(MethodTable methods, const Backend& backend, const Settings& settings = {});
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Where a body should be answered: a guess from its text, on the safe side. Cheap, for the io
    /// thread: it may answer what is cheap by itself.
    [[nodiscard]] Cost cost_of(std::string_view body) const noexcept;

    /// Writes the answer; nothing, for notifications. Never throws because of `body`; an exception
    /// of the environment (storage::IoError) is answered "Internal error", and logged. An error
    /// found after some of its answer has left breaks the answer off. What leaves in pieces has the
    /// status `ok`.
    HttpStatus handle(std::string_view body, const Caller& caller, Answer& answer);
    /// The same, whole, at the end of `out`.
    HttpStatus handle(std::string_view body, const Caller& caller, std::string& out);

    /// The answer to the last handle() of that connection is on its way: its new subscriptions may
    /// begin. Call it after each answer on a connection that has a sink.
    void answered(const Caller& caller);
    /// Ends the connection's subscriptions.
    void closed(std::uint64_t sink_id);

    /// For newHeads, logs and filters. On the chain's thread, after each change of the head.
    void head_changed(const blockchain::HeadEvent& event);

    /// For newPendingTransactions and droppedPendingTransactions. The pool's events, in order.
    void transaction_added(const txpool::SharedTransaction& transaction);
    void transaction_removed(const txpool::SharedTransaction& transaction, txpool::Removal removal);
    /// For syncing. When it begins, ends, or goes on.
    void sync_changed(const std::optional<SyncProgress>& progress);
    /// Returns when all notifications of what has happened are with their sinks. For tests.
    void flush_notifications();

    [[nodiscard]] const MethodTable& methods() const noexcept;

private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace meta138::rpc
