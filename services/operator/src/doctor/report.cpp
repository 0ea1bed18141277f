// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/doctor/examine.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <string>

namespace meta138::op {
namespace {

std::string_view colour_of(Severity severity) {
    switch (severity) {
        case Severity::note: return "\x1b[2m";
        case Severity::warning: return "\x1b[33m";
        case Severity::problem: return "\x1b[31m";
    }
    return "";
}

}  // namespace

std::string to_text(const std::vector<Finding>& findings, bool colour) {
    if (findings.empty()) return "Nothing is wrong.\n";
    std::string text;
    for (const auto& finding : findings) {
        const auto word = to_string(finding.severity);
        text += colour ? fmt::format("{}{}\x1b[0m", colour_of(finding.severity), word)
                       : std::string{word};
        text += fmt::format(": {}: {}\n    {}\n", finding.subject, finding.what, finding.advice);
    }
    return text;
}

std::string to_json(const std::vector<Finding>& findings) {
    auto json = nlohmann::ordered_json::array();
    for (const auto& finding : findings)
        json.push_back({{"severity", to_string(finding.severity)},
                        {"subject", finding.subject},
                        {"what", finding.what},
                        {"advice", finding.advice}});
    return json.dump(2) + "\n";
}

}  // namespace meta138::op
