// SPDX-License-Identifier: Apache-2.0
#include "chain/downstream.hpp"

#include "chain/quantities.hpp"

#include "meta138/codec/json/writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>

namespace meta138::signer {

using Clock = std::chrono::steady_clock;

struct Downstream::Node {
    enum class State : std::uint8_t {
        unchecked,  ///< Not asked for its chain id since it was lost, or ever.
        up,
        down,
        other_chain,  ///< It named another chain id, and that is not accepted.
    };
    std::string url;
    std::string name;  // without credentials, for logs and metrics
    telemetry::Summary* latency = nullptr;
    telemetry::Counter* failures = nullptr;
    // Guarded by Downstream::mutex_:
    State state = State::unchecked;
    Clock::time_point down_until{};
    std::chrono::milliseconds backoff{0};
    bool was_warned = false;
};

/// One request on its way through the nodes.
struct Downstream::Attempt {
    std::string path;
    Headers headers;
    std::string body;
    bool repeatable = false;
    Callback done;
    std::vector<std::size_t> left;  // nodes to try, the next one last
    http::ClientResult last = std::unexpected{http::ClientError{
        .kind = http::ClientErrorKind::connect, .text = "no node of this chain can be used"}};
};

namespace {

constexpr std::chrono::milliseconds first_backoff{500};
constexpr std::chrono::milliseconds max_backoff{15'000};

/// Without user and password.
std::string shown_url(const std::string& url) {
    const auto begin = url.find("//") + 2;
    const auto path = std::min(url.find('/', begin), url.size());
    const auto at = url.rfind('@', path);
    if (at == url.npos || at < begin) return url;
    return url.substr(0, begin) + url.substr(at + 1);
}

bool is_gateway_error(const http::ClientResult& result) {
    return result && (result->status == 502 || result->status == 503 || result->status == 504);
}

std::string request_text(std::uint64_t id, std::string_view method, std::string_view params) {
    return fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"{}","params":{}}})", id, method,
                       params);
}

/// Reads a node's answer; calls `done` while the parser holds it.
void read_outcome(const http::ClientResult& result,
                  const std::function<void(const CallOutcome&)>& done) {
    CallOutcome outcome;
    if (!result) {
        outcome.reason = result.error().text;
        outcome.timed_out = result.error().kind == http::ClientErrorKind::timed_out;
        return done(outcome);
    }
    json::Parser parser;
    const auto root = parser.parse(result->body);
    const auto error = root ? root->find("error") : json::Value{};
    if (error.is_object()) {
        outcome.kind = CallOutcome::Kind::error;
        outcome.error.code = error.find("code").signed_integer().value_or(rpc_code::server_error);
        outcome.error.message = error.find("message").string().value_or("");
        if (const auto data = error.find("data").string()) {
            json::Writer out{outcome.error.data};
            out.string(*data);
        }
    } else if (root && root->is_object() && !root->find("result").is_absent()) {
        outcome.kind = CallOutcome::Kind::result;
        outcome.result = root->find("result");
    } else {
        outcome.reason = fmt::format("HTTP status {} without a JSON-RPC answer", result->status);
    }
    done(outcome);
}

}  // namespace

Downstream::Downstream(const ChainOptions& chain, const DownstreamOptions& options, Context context)
    : chain_id_{chain.id},
      check_{options.chain_id_check},
      timeout_{options.timeout},
      context_{std::move(context)} {
    const auto id = std::to_string(chain_id_);
    nodes_.reserve(chain.urls.size());
    for (const auto& url : chain.urls) {
        auto node = std::make_unique<Node>();
        node->url = url;
        node->name = shown_url(url);
        node->latency = &context_.metrics.summary(
            telemetry::Category::meta138, "signer_downstream_duration_seconds",
            "Time of a node to answer", {{"chain", id}, {"node", node->name}});
        node->failures = &context_.metrics.counter(
            telemetry::Category::meta138, "signer_downstream_failures",
            "Requests that a node did not answer", {{"chain", id}, {"node", node->name}});
        nodes_.push_back(std::move(node));
    }
}

Downstream::~Downstream() = default;

void Downstream::post(std::string path, Headers headers, std::string body, bool repeatable,
                      Callback done) {
    auto attempt = std::make_shared<Attempt>();
    attempt->path = std::move(path);
    attempt->headers = std::move(headers);
    attempt->body = std::move(body);
    attempt->repeatable = repeatable;
    attempt->done = std::move(done);
    std::vector<std::size_t> lost;
    {
        const MutexLock lock{mutex_};
        const auto now = Clock::now();
        // Those that work, in their order; then those that may work again; then the rest.
        const auto rank = [&](std::size_t i) {
            const auto& node = *nodes_[i];
            const auto first = node.state == Node::State::up          ? 0
                               : node.state == Node::State::unchecked ? 1
                               : node.down_until <= now               ? 2
                                                                      : 3;
            return std::pair{first, i};
        };
        for (std::size_t i = 0; i < nodes_.size(); ++i)
            if (nodes_[i]->state != Node::State::other_chain || nodes_[i]->down_until <= now)
                attempt->left.push_back(i);
        std::ranges::sort(attempt->left, {}, rank);
        if (nodes_[attempt->left.empty() ? 0 : attempt->left.front()]->state == Node::State::up)
            lost = take_lost(now);
        std::ranges::reverse(attempt->left);
    }
    probe(lost);
    try_next(std::move(attempt));
}

std::vector<std::size_t> Downstream::take_lost(std::chrono::steady_clock::time_point now) {
    std::vector<std::size_t> lost;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        auto& node = *nodes_[i];
        if (node.state != Node::State::down || node.down_until > now) continue;
        node.down_until = now + max_backoff;  // until the answer says otherwise
        lost.push_back(i);
    }
    return lost;
}

void Downstream::probe(const std::vector<std::size_t>& nodes) {
    for (const auto node : nodes)
        ask_chain_id(node, {}, [this, node](const ChainIdAnswer& answer) {
            if (answer.error) return note_down(node, answer.error->text);
            note_chain_id(node, answer.id);
        });
}

void Downstream::finish(Attempt& attempt, http::ClientResult result) {
    attempt.done(std::move(result));
}

void Downstream::try_next(std::shared_ptr<Attempt> attempt) {
    if (attempt->left.empty() || is_stopped_) {
        auto last = std::move(attempt->last);
        return finish(*attempt, std::move(last));
    }
    const auto node = attempt->left.back();
    attempt->left.pop_back();
    bool is_checked = check_ == ChainIdCheck::off;
    {
        const MutexLock lock{mutex_};
        is_checked = is_checked || nodes_[node]->state == Node::State::up;
    }
    if (is_checked) return send_to(node, std::move(attempt));
    check_then_send(node, std::move(attempt));
}

void Downstream::check_then_send(std::size_t node, std::shared_ptr<Attempt> attempt) {
    // With the caller's token, which a node that asks for one wants for this as well.
    Headers headers;
    for (const auto& header : attempt->headers)
        if (header.first == "authorization") headers.push_back(header);
    ask_chain_id(node, std::move(headers),
                 [this, node, attempt = std::move(attempt)](ChainIdAnswer answer) mutable {
                     if (answer.error) {
                         note_down(node, answer.error->text);
                         attempt->last = std::unexpected{std::move(*answer.error)};
                         return try_next(std::move(attempt));
                     }
                     // An answer without an id does not stop it: the node may want a token that the
                     // caller has.
                     if (note_chain_id(node, answer.id)) return send_to(node, std::move(attempt));
                     attempt->last = std::unexpected{http::ClientError{
                         .kind = http::ClientErrorKind::connect,
                         .text = fmt::format("{} is a node of another chain than {}",
                                             nodes_[node]->name, chain_id_)}};
                     try_next(std::move(attempt));
                 });
}

void Downstream::send_to(std::size_t node, std::shared_ptr<Attempt> attempt) {
    http::ClientRequest request;
    request.method = "POST";
    request.url = nodes_[node]->url + attempt->path;
    request.headers = attempt->headers;
    request.body = attempt->left.empty() ? std::move(attempt->body) : attempt->body;
    request.timeout = timeout_;
    request.repeatable = attempt->repeatable;
    const auto start = Clock::now();
    context_.client.send(std::move(request), [this, node, start, attempt = std::move(attempt)](
                                                 http::ClientResult result) mutable {
        nodes_[node]->latency->observe(Clock::now() - start);
        on_answer(node, std::move(attempt), std::move(result));
    });
}

void Downstream::on_answer(std::size_t node, std::shared_ptr<Attempt> attempt,
                           http::ClientResult result) {
    const bool failed = !result || is_gateway_error(result);
    if (failed)
        note_down(node,
                  result ? fmt::format("HTTP status {}", result->status) : result.error().text);
    const bool is_ours =
        !result && (result.error().kind == http::ClientErrorKind::invalid_request ||
                    result.error().kind == http::ClientErrorKind::cancelled ||
                    result.error().kind == http::ClientErrorKind::busy);
    const bool may_repeat = attempt->repeatable || (!result && !result.error().may_have_arrived);
    if (!failed || is_ours || !may_repeat || attempt->left.empty())
        return finish(*attempt, std::move(result));
    attempt->last = std::move(result);
    try_next(std::move(attempt));
}

void Downstream::ask_chain_id(std::size_t node, Headers headers,
                              std::move_only_function<void(ChainIdAnswer)> done) {
    http::ClientRequest request;
    request.method = "POST";
    request.url = nodes_[node]->url;
    request.headers = std::move(headers);
    request.headers.emplace_back("content-type", "application/json");
    request.body = request_text(next_id_++, "eth_chainId", "[]");
    request.timeout = timeout_;
    request.repeatable = true;
    context_.client.send(std::move(request),
                         [done = std::move(done)](const http::ClientResult& result) mutable {
                             ChainIdAnswer answer;
                             if (!result) answer.error = result.error();
                             read_outcome(result, [&](const CallOutcome& outcome) {
                                 if (outcome.kind == CallOutcome::Kind::result)
                                     answer.id = read_quantity(outcome.result);
                             });
                             done(std::move(answer));
                         });
}

bool Downstream::note_chain_id(std::size_t index, std::optional<std::uint64_t> id) {
    const MutexLock lock{mutex_};
    auto& node = *nodes_[index];
    if (!id) return true;
    if (*id == chain_id_) {
        if (node.state != Node::State::up)
            context_.log.info("Node {} of chain {} answers", node.name, chain_id_);
        node.state = Node::State::up;
        node.backoff = {};
        node.was_warned = false;
        return true;
    }
    const bool is_refused = check_ == ChainIdCheck::refuse;
    if (!node.was_warned)
        context_.log.error("Node {} has chain id {}, not {}{}", node.name, *id, chain_id_,
                           is_refused ? ": nothing is sent to it" : "");
    node.was_warned = true;
    node.state = is_refused ? Node::State::other_chain : Node::State::up;
    node.down_until = Clock::now() + max_backoff;
    return !is_refused;
}

void Downstream::note_down(std::size_t index, std::string_view reason) {
    const MutexLock lock{mutex_};
    auto& node = *nodes_[index];
    node.failures->increment();
    if (node.state != Node::State::down) {
        context_.log.warn("Node {} of chain {} does not answer: {}", node.name, chain_id_, reason);
        node.backoff = {};
    }
    node.state = Node::State::down;
    node.backoff = std::clamp(node.backoff * 2, first_backoff, max_backoff);
    node.down_until = Clock::now() + node.backoff;
}

void Downstream::call(std::string_view method, std::string_view params, CallCallback done) {
    call(method, params, {}, std::move(done));
}

void Downstream::call(std::string_view method, std::string_view params, Headers headers,
                      CallCallback done) {
    if (std::ranges::find(headers, "content-type", &Headers::value_type::first) == headers.end())
        headers.emplace_back("content-type", "application/json");
    post({}, std::move(headers), request_text(next_id_++, method, params), is_repeatable(method),
         [done = std::move(done)](const http::ClientResult& result) mutable {
             read_outcome(result, [&](const CallOutcome& outcome) { done(outcome); });
         });
}

std::vector<ChainIdReport> Downstream::check_chain_ids() {
    std::vector<ChainIdReport> reports;
    if (check_ == ChainIdCheck::off) return reports;
    std::vector<std::future<ChainIdAnswer>> answers;
    answers.reserve(nodes_.size());
    reports.reserve(nodes_.size());
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        auto promise = std::make_shared<std::promise<ChainIdAnswer>>();
        answers.push_back(promise->get_future());
        ask_chain_id(i, {},
                     [promise](ChainIdAnswer answer) { promise->set_value(std::move(answer)); });
    }
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        const auto answer = answers[i].get();
        if (answer.error) {
            note_down(i, answer.error->text);
        } else {
            note_chain_id(i, answer.id);
        }
        reports.push_back({.url = nodes_[i]->name, .id = answer.id});
    }
    return reports;
}

bool Downstream::is_reachable() const {
    const MutexLock lock{mutex_};
    return std::ranges::any_of(nodes_,
                               [](const auto& node) { return node->state == Node::State::up; });
}

}  // namespace meta138::signer
