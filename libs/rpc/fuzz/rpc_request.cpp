// SPDX-License-Identifier: Apache-2.0
#include "../test/test_node.hpp"

#include "meta138/base/assert.hpp"

#include <string>

using namespace meta138;

namespace {

/// A short chain, a pool with something in it, and a connection that may subscribe.
struct World {
    World() {
        for (std::uint64_t nonce = 0; nonce < 3; ++nonce) {
            node.call("eth_sendRawTransaction", {node.signed_transaction(nonce)});
            node.seal();
        }
        node.call("eth_sendRawTransaction", {node.signed_transaction(3)});
    }

    rpc::Settings settings = [] {
        rpc::Settings small;
        small.max_filters = 16;
        small.max_subscriptions_per_connection = 16;
        small.gas_cap = 1'000'000;
        return small;
    }();
    rpc::TestNode node{settings};
    std::shared_ptr<rpc::TestSink> sink = std::make_shared<rpc::TestSink>(1);
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static World world;
    const std::string_view body{reinterpret_cast<const char*>(data), size};
    static_cast<void>(world.node.server().cost_of(body));
    for (const auto transport : {rpc::Transport::http, rpc::Transport::websocket}) {
        rpc::Caller caller;
        caller.transport = transport;
        if (transport == rpc::Transport::websocket) caller.sink = world.sink;
        const auto answer = world.node.ask(body, caller);
        if (answer.empty()) continue;
        json::Parser parser;
        const auto root = parser.parse(answer);
        META138_ASSERT(root && (root->is_object() || root->is_array()));
        if (root->is_object()) {
            META138_ASSERT(root->find("jsonrpc").string() == "2.0");
            META138_ASSERT(root->find("result").is_absent() != root->find("error").is_absent());
        }
        world.node.server().answered(caller);
    }
    static_cast<void>(world.sink->take());
    return 0;
}
