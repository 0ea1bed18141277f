// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/oracle/aggregate.hpp"
#include "meta138/oracle/config.hpp"
#include "meta138/oracle/price_board.hpp"

#include <string>
#include <vector>

namespace meta138::oracle {

struct ChainReport;

/// What asking every source once has shown.
struct CheckReport {
    struct Source {
        std::string name{};
        std::string symbol{};
        bool is_good = false;
        std::string price{};
        std::string age{};
        milliseconds latency{};
        std::string reason{};
    };
    struct Feed {
        std::string name{};
        std::string price{};  ///< Empty: none.
        std::string spread{};
        std::size_t used = 0;
        std::size_t sources = 0;
        std::string reason{};
    };
    std::vector<Source> sources{};
    std::vector<Feed> feeds{};

    [[nodiscard]] bool is_good() const;
};

[[nodiscard]] CheckReport make_report(const Config& config, const PriceBoard& board,
                                      const Instant& now);
/// Tables for people.
[[nodiscard]] std::string to_text(const CheckReport& report, bool colour);
/// With what was found out about the chain, if that was asked.
[[nodiscard]] std::string to_json(const CheckReport& report, const ChainReport* chain = nullptr);

}  // namespace meta138::oracle
