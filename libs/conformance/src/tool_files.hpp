// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json.hpp"
#include "transition.hpp"

#include <nlohmann/json.hpp>

#include <expected>
#include <istream>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace meta138::conformance {

/// The inputs of a transition tool: files, or members of one JSON object on the standard input.
class ToolInputs {
public:
    explicit ToolInputs(std::istream& in) : in_{in} {}

    /// The JSON of `place`, a file or "stdin", where it is the member `member`.
    std::expected<JsonNode, ToolError> read(const std::string& place, std::string_view member);
    /// The first fault of what has been decoded from the inputs.
    std::expected<void, ToolError> check();

private:
    std::expected<JsonNode, ToolError> load(const std::string& key, const std::string& file);

    std::istream& in_;
    std::map<std::string, std::unique_ptr<JsonDocument>> documents_;
};

/// The outputs: files in a folder, or members of one JSON object on standard output or error.
class ToolOutputs {
public:
    ToolOutputs(std::string basedir, std::ostream& out, std::ostream& errors)
        : basedir_{std::move(basedir)}, out_{out}, errors_{errors} {}

    /// `place` is a file, "stdout", "stderr", or empty for none.
    std::expected<void, ToolError> write(const std::string& place, std::string_view member,
                                         nlohmann::ordered_json value);
    /// Prints what was for standard output and error.
    void finish();

private:
    std::string basedir_;
    std::ostream& out_;
    std::ostream& errors_;
    nlohmann::ordered_json for_out_;
    nlohmann::ordered_json for_errors_;
};

/// Transactions out of a list of JSON objects, or a hex string with the RLP of a list.
std::expected<std::vector<InputTransaction>, ToolError> decode_transactions(const JsonNode& json,
                                                                            Fork fork,
                                                                            std::uint64_t chain_id);

/// Reports the error; the exit code of a tool.
int report(const std::expected<void, ToolError>& result, std::ostream& errors);

}  // namespace meta138::conformance
