// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/json_rpc.hpp"

#include "meta138/base/mutex.hpp"
#include "meta138/codec/json/reader.hpp"
#include "meta138/http/client.hpp"
#include "meta138/signer/options.hpp"
#include "meta138/telemetry/logging.hpp"
#include "meta138/telemetry/metrics.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meta138::signer {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// The answer of a node to a call of our own.
struct CallOutcome {
    enum class Kind : std::uint8_t {
        result,
        error,    ///< `error`: the node's.
        unknown,  ///< No answer, or none that can be read.
    };
    Kind kind = Kind::unknown;
    json::Value result;  ///< Lives as long as the callback runs.
    NodeError error;
    std::string reason;  ///< Of unknown, for the log.
    bool timed_out = false;
};

/// What the answers of nodes to `eth_chainId` said.
struct ChainIdReport {
    std::string url;
    std::optional<std::uint64_t> id;  ///< Absent: no answer.
};

/// The nodes of one chain: the first that works is asked, and others when it does not answer.
/// Before a node is used for the first time, and again after it was lost, it must name its chain
/// id. Any thread.
class Downstream {
public:
    using Callback = std::move_only_function<void(http::ClientResult)>;
    using CallCallback = std::move_only_function<void(CallOutcome)>;

    struct Context {
        http::Client& client;
        telemetry::Logger log;
        telemetry::Metrics& metrics;
    };

    Downstream(const ChainOptions& chain, const DownstreamOptions& options, Context context);
    ~Downstream();
    Downstream(const Downstream&) = delete;
    Downstream& operator=(const Downstream&) = delete;

    [[nodiscard]] std::uint64_t chain_id() const noexcept { return chain_id_; }

    /// Sends a POST to a node, at `path` below its own. `repeatable`: another node may be asked
    /// when it is not known whether the first one got it. The callback runs on the client's thread.
    void post(std::string path, Headers headers, std::string body, bool repeatable, Callback done);

    /// A JSON-RPC call. `params`: a JSON array.
    void call(std::string_view method, std::string_view params, CallCallback done);
    /// The same with the headers of a caller, who may have to show a token to the node.
    void call(std::string_view method, std::string_view params, Headers headers, CallCallback done);

    /// Asks every node for its chain id and waits; for the start.
    [[nodiscard]] std::vector<ChainIdReport> check_chain_ids();

    /// Every call ends as cancelled from now on. To be called before the client goes.
    void stop() noexcept { is_stopped_ = true; }

    /// Whether a node has answered lately.
    [[nodiscard]] bool is_reachable() const META138_EXCLUDES(mutex_);

private:
    struct Node;
    struct Attempt;

    void try_next(std::shared_ptr<Attempt> attempt);
    void check_then_send(std::size_t node, std::shared_ptr<Attempt> attempt);
    void send_to(std::size_t node, std::shared_ptr<Attempt> attempt);
    void on_answer(std::size_t node, std::shared_ptr<Attempt> attempt, http::ClientResult result);
    void finish(Attempt& attempt, http::ClientResult result);
    /// Whether it may be used.
    bool note_chain_id(std::size_t node, std::optional<std::uint64_t> id) META138_EXCLUDES(mutex_);
    void note_down(std::size_t node, std::string_view reason) META138_EXCLUDES(mutex_);
    struct ChainIdAnswer {
        std::optional<http::ClientError> error;  ///< No answer at all.
        std::optional<std::uint64_t> id;
    };
    void ask_chain_id(std::size_t node, Headers headers,
                      std::move_only_function<void(ChainIdAnswer)> done);
    /// Asks nodes that were lost whether they are back, so that the first one is used again.
    std::vector<std::size_t> take_lost(std::chrono::steady_clock::time_point now)
        META138_REQUIRES(mutex_);
    void probe(const std::vector<std::size_t>& nodes);

    const std::uint64_t chain_id_;
    const ChainIdCheck check_;
    const std::chrono::milliseconds timeout_;
    Context context_;
    std::atomic<std::uint64_t> next_id_{1};
    std::atomic<bool> is_stopped_{false};
    mutable Mutex mutex_;
    std::vector<std::unique_ptr<Node>> nodes_;  // the vector never changes; Node's fields do
};

}  // namespace meta138::signer
