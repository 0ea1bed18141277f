// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rpc_cases.hpp"

#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace meta138::conformance {

/// A node in this process, set up as a family's cases expect theirs: a chain in memory, a pool, and
/// the JSON-RPC server without its sockets.
class RpcNode {
public:
    /// Imports the chain of the place. The error: what about the chain is wrong.
    static std::expected<std::unique_ptr<RpcNode>, std::string> start(const RpcPlace& place);

    virtual ~RpcNode() = default;

    struct Answer {
        std::string body;  ///< Empty: nothing to say.
        int status = 200;  ///< Of HTTP.
    };
    [[nodiscard]] virtual Answer ask(std::string_view request) = 0;
    /// Before each case: what the families' own harnesses make anew for each.
    virtual void begin_case() = 0;
};

}  // namespace meta138::conformance
