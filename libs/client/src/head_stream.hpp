// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/client/calls.hpp"
#include "meta138/codec/json/reader.hpp"
#include "meta138/http/websocket_client.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meta138::client {

/// A subscription to newHeads of one endpoint, until it ends. Callbacks run on the io thread of
/// `client`, and no more once this object is gone.
class HeadStream {
public:
    using OnHead = std::function<void(const Head&)>;

    /// `on_end` is called when there will be no further heads; perhaps twice.
    HeadStream(http::Client& client, std::string url,
               std::vector<std::pair<std::string, std::string>> headers, OnHead on_head,
               std::function<void()> on_end);

private:
    void on_message(std::string_view message);

    OnHead on_head_;
    json::Parser parser_;
    std::function<void()> on_end_;
    std::unique_ptr<http::WebSocketClient> socket_;  // the last member: it calls back
};

}  // namespace meta138::client
