// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "case_sink.hpp"
#include "chain.hpp"
#include "json.hpp"
#include "workspace.hpp"

#include "meta138/types/block.hpp"

#include <optional>
#include <string>

namespace meta138::conformance {

/// What all fixtures that feed blocks to a chain have in common: the genesis block and state they
/// start from, and the head and state they end with.
class ChainFixture {
public:
    ChainFixture(Workspace& workspace, const JsonNode& test) : workspace_{workspace}, test_{test} {}

    /// Makes the chain with its genesis block; returns why it cannot be made.
    std::optional<std::string> start();
    /// After start().
    [[nodiscard]] Chain& chain() { return *chain_; }
    /// Whether head and state are those that the fixture expects at its end.
    Verdict check_end();

    std::optional<std::string> take_fault();

private:
    std::expected<Header, std::string> decode_genesis();

    Workspace& workspace_;
    JsonNode test_;
    std::optional<Chain> chain_;
};

/// The block of the parameters of engine_newPayloadV1 to V4: payload, versioned hashes, parent
/// beacon block root, requests. Faults go to the document.
Block decode_payload(const JsonNode& params);

}  // namespace meta138::conformance
