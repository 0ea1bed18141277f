// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/contracts/feed.hpp"
#include "meta138/oracle/config.hpp"
#include "meta138/oracle/instant.hpp"

#include <optional>
#include <string>
#include <vector>

namespace meta138::oracle {

/// What asking the chain's endpoints, the signer and the feeds' contracts has shown. A reason is
/// empty where nothing is wrong.
struct ChainReport {
    struct Endpoint {
        std::string name{};
        std::string chain_id{};
        std::string head{};
        std::string head_age{};
        std::string reason{};
    };
    struct Signer {
        std::string name{};
        std::string account{};
        std::string balance{};  ///< In ether.
        std::string reason{};
    };
    struct Contract {
        std::string feed{};
        std::string address{};
        std::string round{};
        std::string answer{};
        std::string age{};
        std::string reason{};
    };
    std::vector<Endpoint> endpoints{};
    std::vector<Signer> signers{};  ///< One, or none in a dry run.
    std::vector<Contract> contracts{};

    [[nodiscard]] bool is_good() const;
};

/// Waits for answers, each for as long as the configuration's time-outs allow.
[[nodiscard]] ChainReport ask_chain(const Config& config);

/// What keeps a feed from being published as configured; empty: nothing. `is_publishing`: by an
/// account, which the state is of.
[[nodiscard]] std::string find_obstacles(const FeedConfig& feed, const contracts::FeedState& state,
                                         bool is_publishing);

[[nodiscard]] std::string to_text(const ChainReport& report, bool colour);
/// Members `chain`, `signer` and `contracts` of an object, without its braces.
[[nodiscard]] std::string to_json_members(const ChainReport& report);

}  // namespace meta138::oracle
