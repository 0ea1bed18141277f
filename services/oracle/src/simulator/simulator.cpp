// SPDX-License-Identifier: Apache-2.0
#include "simulator/simulator.hpp"

#include "config/section.hpp"
#include "simulator/market.hpp"

#include "meta138/base/mutex.hpp"
#include "meta138/telemetry/logging.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <map>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace meta138::oracle {

namespace {

/// Requests that wait because an exchange is slow or silent; more are answered with 503.
constexpr std::size_t max_waiting = 1024;
/// A silent exchange answers after that, as if it had been cut off: 504.
constexpr milliseconds silence_ends{60'000};
/// Of a slow exchange's stream, one price in so many comes.
constexpr std::uint64_t slow_share = 10;

constexpr std::string_view about =
    "SIMULATED PRICES: made up by meta138-oracle simulate-prices, worth nothing.\n\n"
    "GET  /EXCHANGE/SYMBOL           one price: coinbase, kraken, binance, bitstamp, plain\n"
    "WS   /EXCHANGE                  a stream of prices\n"
    "GET  /prices                    all prices\n"
    "POST /prices/SYMBOL?price=P     goes on from P; with &hold=true stays there\n"
    "GET  /faults                    what is wrong on purpose\n"
    "POST /faults/EXCHANGE?kind=K    spike, stale, garbage, slow, silent, dead;\n"
    "                                also factor=2 (spike), delay=3s (slow), for=30s\n"
    "DELETE /faults[/EXCHANGE]       nothing is wrong any more\n";

http::Response json_response(std::string body, unsigned status = 200) {
    return {.status = status, .body = std::move(body), .headers = {{"X-Simulated-Prices", "true"}}};
}

http::Response error_response(unsigned status, std::string_view text) {
    return json_response(fmt::format(R"({{"error":"{}"}})", text), status);
}

/// `/a/b` are a and b; what is missing is empty.
std::pair<std::string_view, std::string_view> split_path(std::string_view path) {
    if (path.starts_with('/')) path.remove_prefix(1);
    const auto slash = path.find('/');
    if (slash == std::string_view::npos) return {path, {}};
    return {path.substr(0, slash), path.substr(slash + 1)};
}

}  // namespace

struct Simulator::State {
    explicit State(SimulatorSettings given) : settings{std::move(given)}, market{settings} {}

    struct Client {
        std::shared_ptr<http::Session> session{};
        Exchange exchange{};
        std::set<std::string> symbols{};
    };
    struct Waiting {
        milliseconds due{};
        http::Responder responder;
        http::Response response{};
    };

    void run() META138_EXCLUDES(mutex);
    void broadcast(const Instant& now) META138_REQUIRES(mutex);
    [[nodiscard]] std::vector<Waiting> take_due(const Instant& now) META138_REQUIRES(mutex);
    [[nodiscard]] std::optional<std::string> message_for(const Client& client,
                                                         const std::string& symbol) const
        META138_REQUIRES(mutex);
    void tell_price(http::Responder responder, Exchange exchange, std::string_view symbol)
        META138_EXCLUDES(mutex);
    [[nodiscard]] http::Response control_prices(const http::Request& request,
                                                std::string_view symbol) META138_EXCLUDES(mutex);
    [[nodiscard]] http::Response control_faults(const http::Request& request, std::string_view name)
        META138_EXCLUDES(mutex);
    [[nodiscard]] http::Response set_fault(const http::Request& request, Exchange exchange)
        META138_EXCLUDES(mutex);

    const SimulatorSettings settings;
    Mutex mutex;
    std::condition_variable_any changed;
    Market market META138_GUARDED_BY(mutex);
    std::map<std::uint64_t, Client> clients META138_GUARDED_BY(mutex);
    std::vector<Waiting> waiting META138_GUARDED_BY(mutex);
    bool stopping META138_GUARDED_BY(mutex) = false;
    std::thread thread;
};

void Simulator::State::run() {
    telemetry::set_thread_name("market");
    auto next = read_clocks().steady;
    while (true) {
        std::vector<Waiting> due;
        {
            const MutexLock lock{mutex};
            const auto now = read_clocks();
            if (now.steady >= next) {
                market.step(now);
                broadcast(now);
                next = std::max(next + settings.interval, now.steady);
            }
            due = take_due(now);
            if (due.empty() && !stopping) {
                auto until = next;
                for (const auto& each : waiting) until = std::min(until, each.due);
                changed.wait_for(mutex, std::max(until - now.steady, milliseconds{1}));
            }
            if (stopping) return;
        }
        for (auto& each : due) each.responder.respond(std::move(each.response));
    }
}

std::vector<Simulator::State::Waiting> Simulator::State::take_due(const Instant& now) {
    std::vector<Waiting> due;
    std::vector<Waiting> rest;
    for (auto& each : waiting) (each.due <= now.steady ? due : rest).push_back(std::move(each));
    waiting = std::move(rest);
    return due;
}

/// What a stream says of a symbol at the moment.
std::optional<std::string> Simulator::State::message_for(const Client& client,
                                                         const std::string& symbol) const {
    const auto quote = market.quote(client.exchange, symbol);
    if (!quote) return std::nullopt;
    const auto* const fault = market.fault(client.exchange);
    if (fault != nullptr && fault->kind == FaultKind::slow && market.steps() % slow_share != 0)
        return std::nullopt;
    auto message = stream_ticker(client.exchange, *quote);
    if (fault != nullptr && fault->kind == FaultKind::garbage && market.steps() % 2 == 0)
        message.resize(message.size() / 2);
    return message;
}

void Simulator::State::broadcast(const Instant& now) {
    for (auto& [id, client] : clients) {
        const auto* const fault = market.fault(client.exchange);
        if (fault != nullptr && fault->kind == FaultKind::dead) {
            client.session->close(http::CloseCode::going_away, "simulated fault: dead");
            continue;
        }
        if (fault != nullptr && fault->kind == FaultKind::silent) continue;
        for (const auto& symbol : client.symbols)
            if (auto message = message_for(client, symbol))
                client.session->send(*std::move(message));
        auto heartbeat = stream_heartbeat(client.exchange, now.wall);
        if (!heartbeat.empty()) client.session->send(std::move(heartbeat));
    }
}

void Simulator::State::tell_price(http::Responder responder, Exchange exchange,
                                  std::string_view symbol) {
    http::Response response;
    milliseconds delay{0};
    {
        const MutexLock lock{mutex};
        const auto quote = market.quote(exchange, symbol);
        const auto* const fault = market.fault(exchange);
        response = quote ? json_response(http_ticker(exchange, *quote))
                         : error_response(404, "no such pair");
        if (fault != nullptr && fault->kind == FaultKind::dead)
            response = error_response(503, "simulated fault: dead");
        if (fault != nullptr && fault->kind == FaultKind::slow) delay = fault->delay;
        if (fault != nullptr && fault->kind == FaultKind::silent) {
            response = error_response(504, "simulated fault: silent");
            delay = silence_ends;
        }
        if (fault != nullptr && fault->kind == FaultKind::garbage && market.steps() % 2 == 0)
            response.body.resize(response.body.size() / 2);
        if (delay != milliseconds{0} && waiting.size() < max_waiting) {
            waiting.push_back({.due = read_clocks().steady + delay,
                               .responder = std::move(responder),
                               .response = std::move(response)});
            changed.notify_one();
            return;
        }
    }
    responder.respond(std::move(response));
}

http::Response Simulator::State::control_prices(const http::Request& request,
                                                std::string_view symbol) {
    const MutexLock lock{mutex};
    if (request.method == "POST") {
        const auto text = request.query("price");
        const auto hold = request.query("hold");
        const auto price = parse_decimal(text);
        if (!market.price(symbol)) return error_response(404, "no such pair");
        if ((!text.empty() && !price) || (!hold.empty() && hold != "true" && hold != "false") ||
            (text.empty() && hold.empty()))
            return error_response(400, "price=NUMBER or hold=true or hold=false");
        if (price && (price->is_zero() || !market.set_price(symbol, *price)))
            return error_response(400, "this price is out of range");
        if (!hold.empty() && !market.hold(symbol, hold == "true"))
            return error_response(404, "no such pair");
    } else if (request.method != "GET") {
        return error_response(405, "GET or POST");
    }
    std::string body = R"({"simulated":true,"prices":{)";
    for (const auto& name : market.symbols())
        body +=
            fmt::format(R"("{}":"{}",)", name, to_string(market.price(name).value_or(Decimal{})));
    if (body.ends_with(',')) body.pop_back();
    return json_response(body + "}}");
}

http::Response Simulator::State::set_fault(const http::Request& request, Exchange exchange) {
    const auto kind = find_fault(request.query("kind"));
    if (!kind) return error_response(400, "kind is spike, stale, garbage, slow, silent or dead");
    Fault fault{.kind = *kind};
    if (const auto text = request.query("factor"); !text.empty()) {
        const auto factor = parse_decimal(text);
        if (!factor || factor->is_zero()) return error_response(400, "factor is no number");
        fault.factor = *factor;
    }
    if (const auto text = request.query("delay"); !text.empty()) {
        const auto delay = parse_duration(text);
        if (!delay || *delay > silence_ends) return error_response(400, "delay is at most 60s");
        fault.delay = *delay;
    }
    if (const auto text = request.query("for"); !text.empty()) {
        const auto length = parse_duration(text);
        if (!length) return error_response(400, "for is a time such as 30s");
        fault.until = read_clocks().steady + *length;
    }
    const MutexLock lock{mutex};
    market.set_fault(exchange, fault);
    return json_response(
        fmt::format(R"({{"{}":"{}"}})", to_string(exchange), to_string(fault.kind)));
}

http::Response Simulator::State::control_faults(const http::Request& request,
                                                std::string_view name) {
    const auto exchange = find_exchange(name);
    if (!exchange && !name.empty()) return error_response(404, "no such exchange");
    if (request.method == "POST")
        return exchange ? set_fault(request, *exchange) : error_response(404, "of which exchange?");
    const MutexLock lock{mutex};
    if (request.method == "DELETE") {
        for (const auto each : all_exchanges)
            if (!exchange || each == *exchange) market.clear_fault(each);
    } else if (request.method != "GET") {
        return error_response(405, "GET, POST or DELETE");
    }
    std::string body = "{";
    for (const auto each : all_exchanges) {
        const auto* const fault = market.fault(each);
        body += fmt::format(R"("{}":{},)", to_string(each),
                            fault ? fmt::format("\"{}\"", to_string(fault->kind)) : "null");
    }
    body.back() = '}';
    return json_response(std::move(body));
}

Simulator::Simulator(SimulatorSettings settings)
    : state_{std::make_unique<State>(std::move(settings))} {
    const MutexLock lock{state_->mutex};
    state_->market.step(read_clocks());
}

Simulator::~Simulator() {
    stop();
}

void Simulator::start() {
    state_->thread = std::thread{[state = state_.get()] { state->run(); }};
}

void Simulator::stop() {
    {
        const MutexLock lock{state_->mutex};
        state_->stopping = true;
        state_->changed.notify_all();
    }
    if (state_->thread.joinable()) state_->thread.join();
    std::vector<State::Waiting> left;
    {
        const MutexLock lock{state_->mutex};
        left = std::exchange(state_->waiting, {});
        state_->clients.clear();
    }
    for (auto& each : left) each.responder.respond(std::move(each.response));
}

void Simulator::on_request(const http::Request& request, http::Responder responder) {
    const auto [first, rest] = split_path(request.path());
    if (first.empty())
        return responder.respond({.content_type = "text/plain; charset=utf-8",
                                  .body = std::string{about},
                                  .headers = {{"X-Simulated-Prices", "true"}}});
    if (first == "prices") return responder.respond(state_->control_prices(request, rest));
    if (first == "faults") return responder.respond(state_->control_faults(request, rest));
    const auto exchange = find_exchange(first);
    if (!exchange) return responder.respond(error_response(404, "no such exchange"));
    if (request.method != "GET") return responder.respond(error_response(405, "GET"));
    state_->tell_price(std::move(responder), *exchange, rest);
}

void Simulator::on_open(const std::shared_ptr<http::Session>& session) {
    const auto exchange = find_exchange(split_path(session->opening().path()).first);
    if (!exchange || *exchange == Exchange::plain)
        return session->close(http::CloseCode::policy_violation, "no such stream");
    const MutexLock lock{state_->mutex};
    const auto* const fault = state_->market.fault(*exchange);
    if (fault != nullptr && fault->kind == FaultKind::dead)
        return session->close(http::CloseCode::going_away, "simulated fault: dead");
    state_->clients.emplace(session->id(),
                            State::Client{.session = session, .exchange = *exchange});
}

void Simulator::on_message(const std::shared_ptr<http::Session>& session,
                           const http::Request& message, http::Responder responder) {
    std::string answer;
    {
        const MutexLock lock{state_->mutex};
        const auto client = state_->clients.find(session->id());
        if (client != state_->clients.end()) {
            auto request = read_stream_request(client->second.exchange, message.body);
            if (request) {
                answer = std::move(request->answer);
                for (auto& symbol : request->symbols)
                    if (state_->market.price(symbol))
                        client->second.symbols.insert(std::move(symbol));
            }
        }
    }
    responder.respond({.body = std::move(answer)});
    // The price of the moment, without waiting for the next step.
    const MutexLock lock{state_->mutex};
    const auto client = state_->clients.find(session->id());
    if (client == state_->clients.end()) return;
    const auto* const fault = state_->market.fault(client->second.exchange);
    if (fault != nullptr && fault->kind == FaultKind::silent) return;
    for (const auto& symbol : client->second.symbols)
        if (auto text = state_->message_for(client->second, symbol))
            session->send(*std::move(text));
}

void Simulator::on_close(const std::shared_ptr<http::Session>& session) {
    const MutexLock lock{state_->mutex};
    state_->clients.erase(session->id());
}

}  // namespace meta138::oracle
