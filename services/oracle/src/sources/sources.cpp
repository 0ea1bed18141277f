// SPDX-License-Identifier: Apache-2.0
#include "meta138/oracle/sources.hpp"

#include "sources/clients.hpp"
#include "sources/event_queue.hpp"
#include "sources/file_question.hpp"
#include "sources/poll.hpp"
#include "sources/stream.hpp"

#include "meta138/base/published.hpp"
#include "meta138/http/websocket_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>
#include <utility>
#include <variant>

namespace meta138::oracle {

namespace {

struct PollAnswered {
    std::size_t poll = 0;
    std::expected<Answer, std::string> answer{};
    Instant at{};
};
struct StreamOpened {
    std::size_t stream = 0;
    std::uint64_t connection = 0;
    Instant at{};
};
struct StreamSaid {
    std::size_t stream = 0;
    std::uint64_t connection = 0;
    std::string text{};
    Instant at{};
};
struct StreamClosed {
    std::size_t stream = 0;
    std::uint64_t connection = 0;
    std::string reason{};
    Instant at{};
};
using Event = std::variant<PollAnswered, StreamOpened, StreamSaid, StreamClosed>;
using Queue = EventQueue<Event>;

/// Nothing is due for so long at most.
constexpr milliseconds longest_wait{60'000};
constexpr unsigned status_ok = 200;
/// A source that comes and goes all the time is not told of more often.
constexpr milliseconds log_interval{10'000};

std::expected<Answer, std::string> to_answer_text(http::ClientResult result) {
    if (!result) return std::unexpected{std::move(result).error().text};
    if (result->status != status_ok)
        return std::unexpected{fmt::format("HTTP status {}", result->status)};
    return Answer{.text = std::move(result->body)};
}

std::string reason_of(const http::WebSocketEnd& end) {
    if (end.error) return end.error->text;
    return end.reason.empty() ? fmt::format("closed by the server ({})", end.code)
                              : fmt::format("closed by the server: {}", end.reason);
}

}  // namespace

struct Sources::State {
    State(const Config& config_, telemetry::Logger log_, telemetry::Metrics& metrics);

    void run();
    void handle(Event event);
    void act_on_time();
    [[nodiscard]] milliseconds wait_time() const;
    void ask(std::size_t poll, const Question& question);
    void carry_out(std::size_t stream, const StreamActions& actions);
    void connect(std::size_t stream);
    void tell_changes();

    /// The stream's connection of the moment.
    struct Connection {
        std::uint64_t number = 0;
        std::unique_ptr<http::WebSocketClient> socket{};
    };

    const Config& config;
    telemetry::Logger log;
    telemetry::Counter& dropped;
    std::shared_ptr<Queue> events = std::make_shared<Queue>();
    Clients clients;
    Published<PriceBoard> published;
    std::function<void()> on_change;

    // The thread's own.
    PriceBoard board;
    PriceBoard told;  // as it was published last
    std::vector<Poll> polls;
    std::vector<Stream> streams;
    std::vector<Connection> connections;
    std::vector<SourceHealth> logged;     // of each ticker,
    std::vector<milliseconds> logged_at;  // and when; steady

    std::jthread thread;
};

Sources::State::State(const Config& config_, telemetry::Logger log_, telemetry::Metrics& metrics)
    : config{config_},
      log{std::move(log_)},
      dropped{metrics.counter(telemetry::Category::meta138, "oracle_source_messages_dropped",
                              "Messages of price sources dropped because too many waited")},
      board(config.tickers.size()),
      polls{Poll::all(config)},
      streams{Stream::all(config, std::random_device{}())},
      connections(streams.size()),
      logged(config.tickers.size(), SourceHealth::starting),
      logged_at(config.tickers.size(), -log_interval) {
    // What is wrong with a certificate is said at the start.
    for (const auto& source : config.sources)
        if (!std::holds_alternative<FileSource>(source.kind))
            static_cast<void>(clients.for_tls(source.tls));
    published.store(board);
}

void Sources::State::run() {
    telemetry::set_thread_name("sources");
    while (!events->is_closed()) {
        act_on_time();
        for (auto& event : events->wait(wait_time())) handle(std::move(event));
        tell_changes();
    }
    for (auto& connection : connections) connection.socket.reset();
    clients.clear();
}

milliseconds Sources::State::wait_time() const {
    const auto now = read_clocks().steady;
    auto due = now + longest_wait;
    for (const auto& poll : polls) due = std::min(due, poll.due().value_or(due));
    for (const auto& stream : streams) due = std::min(due, stream.due());
    return std::max(due - now, milliseconds{0});
}

void Sources::State::act_on_time() {
    const auto now = read_clocks();
    for (std::size_t i = 0; i < polls.size(); ++i)
        if (const auto question = polls[i].on_time(now)) ask(i, *question);
    for (std::size_t i = 0; i < streams.size(); ++i) carry_out(i, streams[i].on_time(now, board));
}

void Sources::State::ask(std::size_t poll, const Question& question) {
    if (const auto* const file = std::get_if<FileQuestion>(&question)) {
        polls[poll].on_answer(ask_file(*file), read_clocks(), board);
        return;
    }
    const auto& web = std::get<HttpQuestion>(question);
    http::ClientRequest request{.method = web.body.empty() ? "GET" : "POST",
                                .url = web.url,
                                .headers = web.headers,
                                .body = web.body,
                                .timeout = web.timeout,
                                .repeatable = true};
    const auto most = web.max_bytes;
    clients.for_tls(config.sources[polls[poll].source()].tls)
        .send(std::move(request), [queue = events, poll, most](http::ClientResult result) {
            auto answer = to_answer_text(std::move(result));
            if (answer && answer->text.size() > most)
                answer = std::unexpected{fmt::format("an answer of more than {} bytes", most)};
            queue->post(PollAnswered{poll, std::move(answer), read_clocks()});
        });
}

void Sources::State::connect(std::size_t stream) {
    auto& connection = connections[stream];
    connection.socket.reset();
    const auto number = ++connection.number;
    const auto& source = config.sources[streams[stream].source()];
    const auto& settings = std::get<StreamSource>(source.kind);
    http::WebSocketOptions options{.url = settings.url.reveal(),
                                   .open_timeout = source.timeout,
                                   .message_bytes = settings.max_message_bytes};
    http::WebSocketCallbacks callbacks;
    callbacks.on_open = [queue = events, stream, number] {
        queue->post(StreamOpened{stream, number, read_clocks()});
    };
    callbacks.on_message = [queue = events, stream, number,
                            &counter = dropped](std::string_view text) {
        if (!queue->offer(StreamSaid{stream, number, std::string{text}, read_clocks()}))
            counter.increment();
    };
    callbacks.on_close = [queue = events, stream, number](const http::WebSocketEnd& end) {
        queue->post(StreamClosed{stream, number, reason_of(end), read_clocks()});
    };
    connection.socket = std::make_unique<http::WebSocketClient>(
        clients.for_tls(source.tls), std::move(options), std::move(callbacks));
}

void Sources::State::carry_out(std::size_t stream, const StreamActions& actions) {
    for (const auto& action : actions) {
        if (std::holds_alternative<StreamConnect>(action)) {
            connect(stream);
        } else if (const auto* const send = std::get_if<StreamSend>(&action)) {
            if (connections[stream].socket) connections[stream].socket->send(send->text);
        } else {
            ++connections[stream].number;  // what is still in the queue is of the old one
            connections[stream].socket.reset();
        }
    }
}

void Sources::State::handle(Event event) {
    if (auto* const answered = std::get_if<PollAnswered>(&event)) {
        polls[answered->poll].on_answer(answered->answer, answered->at, board);
    } else if (const auto* const opened = std::get_if<StreamOpened>(&event)) {
        if (opened->connection == connections[opened->stream].number)
            carry_out(opened->stream, streams[opened->stream].on_open(opened->at, board));
    } else if (const auto* const said = std::get_if<StreamSaid>(&event)) {
        if (said->connection == connections[said->stream].number)
            carry_out(said->stream, streams[said->stream].on_message(said->text, said->at, board));
    } else if (auto* const closed = std::get_if<StreamClosed>(&event)) {
        if (closed->connection == connections[closed->stream].number) {
            streams[closed->stream].on_closed(std::move(closed->reason), closed->at, board);
            connections[closed->stream].socket.reset();
        }
    }
}

/// Publishes the board if anything has happened, and logs sources that have come or gone.
void Sources::State::tell_changes() {
    const auto same = [](const TickerState& a, const TickerState& b) {
        return a.good == b.good && a.bad == b.bad;
    };
    if (std::ranges::equal(board, told, same)) return;
    told = board;
    published.store(board);
    const auto now = read_clocks().steady;
    for (std::size_t i = 0; i < board.size(); ++i) {
        if (board[i].health == logged[i] || now - logged_at[i] < log_interval) continue;
        const auto& ticker = config.tickers[i];
        const auto& name = config.sources[ticker.source].name;
        if (board[i].health == SourceHealth::alive) {
            log.info("Source {} tells prices of {}", name, ticker.symbol);
        } else {
            log.warn("Source {} tells no price of {} ({}): {}", name, ticker.symbol,
                     to_string(board[i].health), board[i].error);
        }
        logged[i] = board[i].health;
        logged_at[i] = now;
    }
    if (on_change) on_change();
}

Sources::Sources(const Config& config, telemetry::Logger log, telemetry::Metrics& metrics)
    : state_{std::make_unique<State>(config, std::move(log), metrics)} {}

Sources::~Sources() {
    stop();
}

void Sources::start(std::function<void()> on_change) {
    state_->on_change = std::move(on_change);
    state_->thread = std::jthread{[state = state_.get()] { state->run(); }};
}

void Sources::stop() {
    state_->events->close();
    if (state_->thread.joinable()) state_->thread.join();
}

std::shared_ptr<const PriceBoard> Sources::board() const {
    return state_->published.load();
}

}  // namespace meta138::oracle
