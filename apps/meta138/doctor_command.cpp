// SPDX-License-Identifier: Apache-2.0
#include "doctor_command.hpp"

#include "meta138/base/process.hpp"
#include "meta138/operator/doctor/examine.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace meta138::app {

void add_doctor_command(CLI::App& program) {
    auto* const doctor = program.add_subcommand(
        "doctor", "Find out what is wrong with a network, and what to do about it");
    struct Examined {
        std::string folder = "network";
        std::vector<std::string> urls;
        bool json = false;
    };
    const auto examined = std::make_shared<Examined>();
    doctor->add_option("--dir", examined->folder, "A local network's folder")
        ->capture_default_str();
    doctor->add_option("--url", examined->urls,
                       "In place of a folder: JSON-RPC of a node; may be repeated");
    doctor->add_flag("--json", examined->json, "Print JSON");
    doctor->footer(
        "Looks at clocks, ports, peers, rounds, lagging nodes, disk, file limits, keys and "
        "configuration.\nTakes some blocks' time. Exit code: 0 no problem, 1 a problem, 2 wrong "
        "options.");
    doctor->callback([examined] {
        const auto findings = op::examine(op::collect_facts(
            {.folder = examined->folder, .urls = examined->urls, .manifest = {}}));
        const bool colour = may_colour(STDOUT_FILENO);
        fmt::print("{}", examined->json ? op::to_json(findings) : op::to_text(findings, colour));
        const bool has_problem = std::ranges::any_of(findings, [](const op::Finding& finding) {
            return finding.severity == op::Severity::problem;
        });
        if (has_problem) throw CLI::RuntimeError{1};
    });
}

}  // namespace meta138::app
