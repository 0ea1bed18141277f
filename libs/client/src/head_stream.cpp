// SPDX-License-Identifier: Apache-2.0
#include "head_stream.hpp"

#include "envelope.hpp"

namespace meta138::client {

HeadStream::HeadStream(http::Client& client, std::string url,
                       std::vector<std::pair<std::string, std::string>> headers, OnHead on_head,
                       std::function<void()> on_end)
    : on_head_{std::move(on_head)}, on_end_{std::move(on_end)} {
    http::WebSocketCallbacks callbacks;
    callbacks.on_message = [this](std::string_view message) { on_message(message); };
    callbacks.on_close = [this](const http::WebSocketEnd&) { on_end_(); };
    socket_ = std::make_unique<http::WebSocketClient>(
        client, http::WebSocketOptions{.url = std::move(url), .headers = std::move(headers)},
        std::move(callbacks));
    std::string request;
    append_request(request, 1, "eth_subscribe", R"(["newHeads"])");
    socket_->send(std::move(request));
}

void HeadStream::on_message(std::string_view message) {
    const auto document = parser_.parse(message);
    if (!document) return on_end_();
    if (document->find("method").string() == "eth_subscription") {
        // What cannot be read is passed over: polls find it.
        if (const auto head = decode_head(document->find("params").find("result")); head)
            on_head_(*head);
        return;
    }
    const auto envelope = open_envelope(*document, message);
    if (!envelope || envelope->id != 1 || !envelope->result) on_end_();  // no subscriptions here
}

}  // namespace meta138::client
