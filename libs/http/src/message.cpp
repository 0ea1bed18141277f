// SPDX-License-Identifier: Apache-2.0
#include "meta138/http/message.hpp"

#include "text.hpp"

#include <algorithm>

namespace meta138::http {
namespace {

/// Gathers one answer for respond_to.
class FunctionSink final : public ResponseSink,
                           public BodySink,
                           public std::enable_shared_from_this<FunctionSink> {
public:
    explicit FunctionSink(std::function<void(Response)> done) : done_{std::move(done)} {}

    void respond(Response response) override { done_(std::move(response)); }
    bool is_abandoned() const noexcept override { return false; }
    std::string take_buffer() override { return {}; }
    std::shared_ptr<BodySink> begin(Response head) override {
        gathered_ = std::move(head);
        return shared_from_this();
    }
    bool write(std::string_view piece) override {
        gathered_.body += piece;
        return true;
    }
    void finish() override { done_(std::move(gathered_)); }
    void abort() override { done_({.status = 500, .body = {}, .headers = {}}); }

private:
    std::function<void(Response)> done_;
    Response gathered_;
};

}  // namespace

std::string_view Request::header(std::string_view name) const noexcept {
    for (const auto& field : headers)
        if (equals_ignoring_case(field.name, name)) return field.value;
    return {};
}

std::string_view Request::path() const noexcept {
    return target.substr(0, target.find('?'));
}

std::string_view Request::query(std::string_view key) const noexcept {
    const auto mark = target.find('?');
    if (mark == std::string_view::npos) return {};
    auto rest = target.substr(mark + 1);
    while (!rest.empty()) {
        const auto pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
        const auto equals = pair.find('=');
        if (pair.substr(0, equals) == key)
            return equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    }
    return {};
}

Responder::~Responder() {
    if (sink_) sink_->respond({.status = 500, .body = {}, .headers = {}});
}

void Responder::respond(Response response) {
    if (const auto sink = std::exchange(sink_, nullptr)) sink->respond(std::move(response));
}

BodyStream Responder::begin(Response head) && {
    return BodyStream{std::exchange(sink_, nullptr)->begin(std::move(head))};
}

BodyStream::~BodyStream() {
    if (sink_) sink_->abort();
}

bool BodyStream::write(std::string_view piece) {
    return sink_->write(piece);
}

void BodyStream::finish() {
    if (const auto sink = std::exchange(sink_, nullptr)) sink->finish();
}

Responder respond_to(std::function<void(Response)> done) {
    return Responder{std::make_shared<FunctionSink>(std::move(done))};
}

}  // namespace meta138::http
