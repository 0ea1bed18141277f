// SPDX-License-Identifier: Apache-2.0
#include "workers.hpp"

#include "meta138/operator/load_rpc.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <array>
#include <exception>
#include <limits>
#include <thread>

namespace meta138::op {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto quiet = asio::as_tuple(asio::use_awaitable);

// A result may be empty or large; an error stands at the front of an answer, behind the id.
bool is_error(std::string_view answer) {
    const auto body = answer.substr(answer.find("\r\n\r\n") + 4, 64);
    return body.find("\"error\"") != std::string_view::npos;
}

std::uint32_t nanoseconds_since(Clock::time_point start) {
    const auto passed = std::chrono::nanoseconds{Clock::now() - start}.count();
    return static_cast<std::uint32_t>(
        std::min<std::int64_t>(passed, std::numeric_limits<std::uint32_t>::max()));
}

// The requests of one thread's connections, ready to be sent.
struct Work {
    const Endpoint& endpoint;
    const std::vector<std::string>& requests;
    Clock::time_point until;
    unsigned connections = 1;  // of all threads
    Timings timings{};
};

// Connections take turns, so that transactions arrive about in the order of their nonces.
asio::awaitable<void> run_connection(Work& work, std::size_t first) {
    asio::ip::tcp::socket socket{co_await asio::this_coro::executor};
    if (const auto [error] = co_await socket.async_connect(work.endpoint.address, quiet); error)
        throw LoadError{
            fmt::format("cannot connect to {}: {}", work.endpoint.host, error.message())};
    socket.set_option(asio::ip::tcp::no_delay{true});
    std::string received;
    std::array<char, 65536> chunk;
    for (auto at = first; Clock::now() < work.until; at += work.connections) {
        const auto start = Clock::now();
        const auto& request = work.requests[at % work.requests.size()];
        if (const auto [error, count] =
                co_await asio::async_write(socket, asio::buffer(request), quiet);
            error)
            throw LoadError{fmt::format("{}: {}", work.endpoint.host, error.message())};
        received.clear();
        std::size_t size = 0;
        while (size == 0 || received.size() < size) {
            const auto [error, count] = co_await socket.async_read_some(asio::buffer(chunk), quiet);
            if (error)
                throw LoadError{
                    fmt::format("{} closed a connection: {}", work.endpoint.host, error.message())};
            received.append(chunk.data(), count);
            if (size == 0) size = answer_size(received);
        }
        work.timings.nanoseconds.push_back(nanoseconds_since(start));
        if (is_error(received)) ++work.timings.errors;
    }
}

void run_thread(Work& work, unsigned first, unsigned last, std::exception_ptr& failure) {
    asio::io_context io{1};
    for (auto i = first; i < last; ++i)
        asio::co_spawn(io, run_connection(work, i), [&](std::exception_ptr error) {
            if (error && !failure) failure = error;
        });
    io.run();
}

}  // namespace

Timings measure(const Endpoint& endpoint, const Bodies& bodies, unsigned connections,
                unsigned threads, std::chrono::milliseconds time) {
    std::vector<std::string> requests;
    for (const auto& body : bodies) requests.push_back(http_request(endpoint, body));

    std::vector<Work> work(threads, Work{endpoint, requests, Clock::now() + time, connections});
    std::vector<std::exception_ptr> failures(threads);
    {
        std::vector<std::jthread> running;
        for (unsigned i = 0; i < threads; ++i)
            running.emplace_back([&, i] {
                run_thread(work[i], connections * i / threads, connections * (i + 1) / threads,
                           failures[i]);
            });
    }
    for (const auto& failure : failures)
        if (failure) std::rethrow_exception(failure);

    Timings all;
    for (auto& part : work) {
        all.errors += part.timings.errors;
        all.nanoseconds.insert(all.nanoseconds.end(), part.timings.nanoseconds.begin(),
                               part.timings.nanoseconds.end());
    }
    return all;
}

}  // namespace meta138::op
