// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/operator/watch/observer.hpp"
#include "meta138/operator/watch/snapshot.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace meta138::op {

/// What is known of the machine that this program runs on.
struct MachineFacts {
    /// The system keeps its clock in step with others (adjtimex); absent: it does not say.
    std::optional<bool> is_clock_synchronised{};
    std::uint64_t disk_free_bytes = 0;  ///< Of the folder's file system.
    std::uint64_t disk_total_bytes = 0;
    std::uint64_t memory_available_bytes = 0;
    std::uint64_t open_files_limit = 0;  ///< That a program started from here would have.
};

/// A port of a local network that does not run, and who has taken it.
struct TakenPort {
    std::string process{};
    std::uint16_t port = 0;
    std::string taken_by{};
};

/// What is known of a process that runs here.
struct ProcessFacts {
    std::string name{};
    std::uint64_t open_files = 0;
    std::uint64_t open_files_limit = 0;
};

/// A file that others may read, though only its owner should.
struct ExposedFile {
    std::filesystem::path file{};
};

/// Everything that is looked at.
struct Facts {
    Snapshot before{};  ///< A few blocks before `now`.
    Snapshot now{};
    MachineFacts machine{};
    std::vector<TakenPort> taken_ports{};
    std::vector<ProcessFacts> processes{};
    std::vector<ExposedFile> exposed_files{};
    /// Accounts of the validators whose keys lie in a local network's folder, with their names.
    std::vector<std::pair<std::string, Address>> validator_keys{};
};

enum class Severity : std::uint8_t { note, warning, problem };
[[nodiscard]] std::string_view to_string(Severity severity) noexcept;

/// Something that is not as it should be.
struct Finding {
    Severity severity = Severity::problem;
    std::string subject{};  ///< "validator-2", "disk"
    std::string what{};
    std::string advice{};  ///< What to do.

    friend bool operator==(const Finding&, const Finding&) = default;
};

/// The findings, problems first. Decides by the facts alone.
[[nodiscard]] std::vector<Finding> examine(const Facts& facts);

/// Looks at a network twice, some blocks apart, and at this machine.
/// @throws NetworkError as Observer does
[[nodiscard]] Facts collect_facts(const ObserverOptions& options);

[[nodiscard]] std::string to_text(const std::vector<Finding>& findings, bool colour);
[[nodiscard]] std::string to_json(const std::vector<Finding>& findings);

}  // namespace meta138::op
