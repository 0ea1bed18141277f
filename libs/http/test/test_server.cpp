// SPDX-License-Identifier: Apache-2.0
#include "test_server.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>

namespace meta138::http::test {
namespace {

std::size_t number(std::string_view text) {
    std::size_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

}  // namespace

ScriptedHandler::~ScriptedHandler() {
    clear();
}

void ScriptedHandler::on_request(const Request& request, Responder responder) {
    const auto path = request.path();
    if (path == "/later") {
        hold(std::move(responder), std::string{request.body});
    } else if (path == "/never") {
        hold(std::move(responder), {});
    } else if (path == "/throw") {
        throw std::runtime_error{"as scripted"};
    } else if (path == "/size") {
        responder.respond({.body = std::string(number(request.query("n")), 'x')});
    } else if (path == "/stream") {
        stream(std::move(responder), number(request.query("n")), true);
    } else if (path == "/broken") {
        stream(std::move(responder), number(request.query("n")), false);
    } else if (path == "/who") {
        responder.respond({.body = std::string{request.tls_client_name}});
    } else if (path == "/access") {
        const auto* identity = request.access.identity();
        responder.respond({.body = (identity ? identity->username : std::string{"nobody"}) + " " +
                                   (request.access.allows("eth_call") ? "may" : "may not")});
    } else {
        auto body = responder.take_buffer();
        body += request.body;
        responder.respond({.body = std::move(body)});
    }
}

void ScriptedHandler::on_open(const std::shared_ptr<Session>& session) {
    {
        const MutexLock lock{mutex_};
        sessions_.push_back(session);
    }
    changed_.notify_all();
}

void ScriptedHandler::on_message(const std::shared_ptr<Session>& session, const Request& message,
                                 Responder responder) {
    if (message.body == "later") {
        hold(std::move(responder), "later");
    } else if (message.body == "access") {
        responder.respond({.body = message.access.allows("eth_call") ? "may" : "may not"});
    } else if (message.body == "big") {
        responder.respond({.body = std::string(300'000, 'b')});
    } else if (const auto at = message.body.find("stream "); at != std::string_view::npos) {
        stream(std::move(responder), number(message.body.substr(at + 7)), true);
    } else if (const auto found = message.body.find("broken "); found != std::string_view::npos) {
        stream(std::move(responder), number(message.body.substr(found + 7)), false);
    } else if (message.body == "target") {
        responder.respond({.body = std::string{session->opening().target}});
    } else {
        responder.respond({.body = "echo:" + std::string{message.body}});
    }
}

void ScriptedHandler::on_close(const std::shared_ptr<Session>&) {
    {
        const MutexLock lock{mutex_};
        ++closed_sessions_;
    }
    changed_.notify_all();
}

void ScriptedHandler::stream(Responder responder, std::size_t pieces, bool whole) {
    threads_.emplace_back([this, held = std::move(responder), pieces, whole]() mutable {
        auto body = std::move(held).begin({.body = "[", .headers = {}});
        for (std::size_t i = 0; i < pieces; ++i) {
            if (!body.write(std::string(piece_bytes, 's'))) return;
            ++streamed_;
        }
        if (whole && body.write("]")) body.finish();
    });
}

void ScriptedHandler::hold(Responder responder, std::string text) {
    {
        const MutexLock lock{mutex_};
        held_.push_back({std::move(responder), std::move(text)});
    }
    changed_.notify_all();
}

void ScriptedHandler::release(std::string body) {
    std::vector<Held> held;
    {
        const MutexLock lock{mutex_};
        held.swap(held_);
    }
    std::jthread{[&] {
        for (auto& [responder, text] : held) responder.respond({.body = body + text});
    }}.join();
}

void ScriptedHandler::wait_for_held(std::size_t count) {
    const MutexLock lock{mutex_};
    while (held_.size() < count) changed_.wait(mutex_);
}

void ScriptedHandler::wait_until_abandoned() {
    while (true) {
        {
            const MutexLock lock{mutex_};
            if (!held_.empty() && held_.front().responder.is_abandoned()) return;
        }
        std::this_thread::yield();
    }
}

std::shared_ptr<Session> ScriptedHandler::wait_for_session() {
    const MutexLock lock{mutex_};
    while (sessions_.empty()) changed_.wait(mutex_);
    return sessions_.back();
}

void ScriptedHandler::wait_for_closed_sessions(std::size_t count) {
    const MutexLock lock{mutex_};
    while (closed_sessions_ < count) changed_.wait(mutex_);
}

void ScriptedHandler::clear() {
    std::vector<Held> held;
    const MutexLock lock{mutex_};
    held.swap(held_);
    sessions_.clear();
}

TestServer::TestServer(EndpointOptions options)
    : name_{options.name},
      log_{telemetry::Log::open({.output =
                                     [this](std::string_view line) {
                                         const MutexLock lock{mutex_};
                                         lines_ += line;
                                     }})},
      server_{{.io_threads = 2}, log_->logger("test.Test"), metrics},
      port_{server_.listen(std::move(options), handler)} {
    server_.start();
}

TestServer::~TestServer() {
    handler.clear();
}

std::uint64_t TestServer::refusals(std::string_view reason) {
    return metrics
        .counter(telemetry::Category::meta138, "http_refusals", "",
                 {{"endpoint", name_}, {"reason", reason}})
        .value();
}

std::string TestServer::log() {
    const MutexLock lock{mutex_};
    return lines_;
}

std::string write_file(const std::string& name, std::string_view content) {
    const auto folder = std::filesystem::path{testing::TempDir()} /
                        ("meta138_http_test_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    const auto path = folder / name;
    std::ofstream{path, std::ios::binary} << content;
    return path.string();
}

}  // namespace meta138::http::test
