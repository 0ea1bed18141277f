// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <expected>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace meta138::conformance {

/// The schemas of an OpenRPC specification: what the results of its methods are to look like.
class OpenRpc {
public:
    /// Reads all YAML files under the folder: lists of methods, and objects of named schemas.
    static std::expected<OpenRpc, std::string> load(const std::filesystem::path& folder);

    /// What in a method's result breaks its schema: "$.gas: "1" does not match ^0x…". Nothing: it
    /// fits. A method without schema is a fault.
    [[nodiscard]] std::optional<std::string> check_result(std::string_view method,
                                                          const nlohmann::json& result) const;

private:
    std::map<std::string, nlohmann::json, std::less<>> results_;  // by method
    std::map<std::string, nlohmann::json, std::less<>> schemas_;  // by name
};

/// What in the value breaks the schema, JSON Schema's keywords as far as the execution-apis use
/// them: type, enum, const, pattern, minimum, maximum, properties, patternProperties, required,
/// additionalProperties, items, minItems, maxItems, oneOf, anyOf, allOf, not, $ref to
/// "#/components/schemas/NAME". Any other is a fault.
std::optional<std::string> find_schema_fault(
    const nlohmann::json& schema, const nlohmann::json& value,
    const std::map<std::string, nlohmann::json, std::less<>>& schemas);

}  // namespace meta138::conformance
