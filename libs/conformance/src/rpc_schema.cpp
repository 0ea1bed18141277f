// SPDX-License-Identifier: Apache-2.0
#include "rpc_schema.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <regex>
#include <vector>

namespace meta138::conformance {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Schemas = std::map<std::string, json, std::less<>>;
using Fault = std::optional<std::string>;

constexpr unsigned max_depth = 64;
constexpr std::string_view reference_prefix = "#/components/schemas/";

// YAML's core schema: plain scalars may be null, booleans and numbers, quoted ones are texts.
json scalar(const YAML::Node& node) {
    const auto& text = node.Scalar();
    if (node.Tag() == "!") return text;
    if (text.empty() || text == "~" || text == "null") return nullptr;
    if (text == "true" || text == "false") return text == "true";
    const auto number = json::parse(text, nullptr, false);
    return number.is_number() ? number : json(text);
}

json to_json(const YAML::Node& node, unsigned depth = 0) {
    if (depth > max_depth) throw YAML::Exception{node.Mark(), "nested too deeply"};
    switch (node.Type()) {
        case YAML::NodeType::Undefined:
        case YAML::NodeType::Null: return nullptr;
        case YAML::NodeType::Scalar: return scalar(node);
        case YAML::NodeType::Sequence: {
            auto list = json::array();
            for (const auto& item : node) list.push_back(to_json(item, depth + 1));
            return list;
        }
        case YAML::NodeType::Map: {
            auto object = json::object();
            for (const auto& member : node)
                object[member.first.Scalar()] = to_json(member.second, depth + 1);
            return object;
        }
    }
    return nullptr;
}

std::string show(const json& value) {
    const auto text = value.dump(-1, ' ', false, json::error_handler_t::replace);
    return text.size() <= 120 ? text : text.substr(0, 120) + "…";
}

bool is_of_type(const json& value, std::string_view type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_boolean();
    if (type == "null") return value.is_null();
    if (type == "number") return value.is_number();
    return type == "integer" && value.is_number_integer();
}

class Checker {
public:
    explicit Checker(const Schemas& schemas) : schemas_{schemas} {}

    Fault check(const json& schema, const json& value, const std::string& place, unsigned depth) {
        if (depth > max_depth) return fmt::format("{}: the schema is nested too deeply", place);
        if (schema.is_boolean())
            return schema.get<bool>() ? Fault{} : fmt::format("{}: nothing is allowed here", place);
        if (!schema.is_object()) return fmt::format("{}: its schema is no object", place);
        for (const auto& [keyword, operand] : schema.items())
            if (auto fault = apply(keyword, operand, {schema, value, place, depth})) return fault;
        return std::nullopt;
    }

private:
    struct At {
        const json& schema;
        const json& value;
        const std::string& place;
        unsigned depth;
    };

    Fault apply(const std::string& keyword, const json& operand, const At& at) {
        static constexpr std::array annotations{
            std::string_view{"title"},    std::string_view{"description"},
            std::string_view{"default"},  std::string_view{"examples"},
            std::string_view{"example"},  std::string_view{"deprecated"},
            std::string_view{"format"},   std::string_view{"$comment"},
            std::string_view{"readOnly"},
        };
        if (std::ranges::find(annotations, keyword) != annotations.end()) return std::nullopt;
        if (keyword == "$ref") return reference(operand, at);
        if (keyword == "type") return type(operand, at);
        if (keyword == "enum" || keyword == "const") return choice(operand, at);
        if (keyword == "pattern") return pattern(operand, at);
        if (keyword == "minimum" || keyword == "maximum") return bound(keyword, operand, at);
        if (keyword == "minItems" || keyword == "maxItems") return length(keyword, operand, at);
        if (keyword == "required") return required(operand, at);
        if (keyword == "properties") return properties(operand, at);
        if (keyword == "patternProperties") return pattern_properties(operand, at);
        if (keyword == "additionalProperties") return additional(operand, at);
        if (keyword == "items") return items(operand, at);
        if (keyword == "allOf") return all_of(operand, at);
        if (keyword == "oneOf" || keyword == "anyOf") return some_of(keyword, operand, at);
        if (keyword == "not")
            return check(operand, at.value, at.place, at.depth + 1)
                       ? Fault{}
                       : fmt::format("{}: {} is what it must not be", at.place, show(at.value));
        return fmt::format("{}: the schema keyword {} is not known here", at.place, keyword);
    }

    Fault reference(const json& operand, const At& at) {
        const auto name = operand.is_string() ? operand.get<std::string>() : std::string{};
        if (!name.starts_with(reference_prefix))
            return fmt::format("{}: the reference {} leads nowhere", at.place, show(operand));
        // NAME, or NAME/properties/MEMBER: a JSON pointer into the schema of that name.
        const auto path = name.substr(reference_prefix.size());
        const auto end = std::min(path.find('/'), path.size());
        const auto schema = schemas_.find(path.substr(0, end));
        const json::json_pointer rest{path.substr(end)};
        if (schema == schemas_.end() || !schema->second.contains(rest))
            return fmt::format("{}: there is no schema {}", at.place, name);
        return check(schema->second.at(rest), at.value, at.place, at.depth + 1);
    }

    static Fault type(const json& operand, const At& at) {
        const auto fits = [&](const json& name) {
            return name.is_string() && is_of_type(at.value, name.get_ref<const std::string&>());
        };
        // YAML's bare null is the name of a type, too.
        const bool ok = operand.is_array()  ? std::ranges::any_of(operand, fits)
                        : operand.is_null() ? at.value.is_null()
                                            : fits(operand);
        return ok ? Fault{}
                  : fmt::format("{}: {} is not of type {}", at.place, show(at.value),
                                show(operand));
    }

    static Fault choice(const json& operand, const At& at) {
        const bool ok = operand.is_array() ? std::ranges::find(operand, at.value) != operand.end()
                                           : operand == at.value;
        return ok ? Fault{}
                  : fmt::format("{}: {} is not {}", at.place, show(at.value), show(operand));
    }

    static Fault pattern(const json& operand, const At& at) {
        if (!at.value.is_string()) return std::nullopt;
        return matches(at.value.get_ref<const std::string&>(), operand.get<std::string>())
                   ? Fault{}
                   : fmt::format("{}: {} does not match {}", at.place, show(at.value),
                                 show(operand));
    }

    // std::regex recurses once a character: long hex texts, whose patterns allow any number of
    // digits, are cut to what decides.
    static bool matches(const std::string& text, const std::string& pattern) {
        constexpr std::size_t longest = 2048;
        const std::regex expression{pattern};
        if (text.size() <= longest || pattern.find('*') == std::string::npos)
            return std::regex_search(text, expression);
        for (std::size_t at = 2; at < text.size(); at += longest)
            if (!std::regex_search("0x" + text.substr(at, longest), expression)) return false;
        return text.starts_with("0x");
    }

    static Fault bound(const std::string& keyword, const json& operand, const At& at) {
        if (!at.value.is_number()) return std::nullopt;
        const bool ok = keyword == "minimum" ? at.value >= operand : at.value <= operand;
        return ok ? Fault{}
                  : fmt::format("{}: {} breaks the {} {}", at.place, show(at.value), keyword,
                                show(operand));
    }

    static Fault length(const std::string& keyword, const json& operand, const At& at) {
        if (!at.value.is_array()) return std::nullopt;
        const bool ok = keyword == "minItems" ? json(at.value.size()) >= operand
                                              : json(at.value.size()) <= operand;
        return ok ? Fault{}
                  : fmt::format("{}: {} elements, {} {}", at.place, at.value.size(), keyword,
                                show(operand));
    }

    static Fault required(const json& operand, const At& at) {
        if (!at.value.is_object()) return std::nullopt;
        for (const auto& name : operand)
            if (!at.value.contains(name.get_ref<const std::string&>()))
                return fmt::format("{}: {} is missing", at.place, show(name));
        return std::nullopt;
    }

    Fault properties(const json& operand, const At& at) {
        if (!at.value.is_object()) return std::nullopt;
        for (const auto& [name, schema] : operand.items()) {
            const auto member = at.value.find(name);
            if (member == at.value.end()) continue;
            if (auto fault =
                    check(schema, *member, fmt::format("{}.{}", at.place, name), at.depth + 1))
                return fault;
        }
        return std::nullopt;
    }

    Fault pattern_properties(const json& operand, const At& at) {
        if (!at.value.is_object()) return std::nullopt;
        for (const auto& [name, member] : at.value.items())
            for (const auto& [pattern, schema] : operand.items()) {
                if (!matches(name, pattern)) continue;
                if (auto fault =
                        check(schema, member, fmt::format("{}.{}", at.place, name), at.depth + 1))
                    return fault;
            }
        return std::nullopt;
    }

    Fault additional(const json& operand, const At& at) {
        if (!at.value.is_object()) return std::nullopt;
        const auto known = at.schema.value("properties", json::object());
        const auto patterns = at.schema.value("patternProperties", json::object());
        for (const auto& [name, member] : at.value.items()) {
            const auto fits = [&, &text = name](const auto& pattern) {
                return matches(text, pattern.key());
            };
            const auto listed = patterns.items();
            if (known.contains(name) || std::any_of(listed.begin(), listed.end(), fits)) continue;
            if (auto fault =
                    check(operand, member, fmt::format("{}.{}", at.place, name), at.depth + 1))
                return fault;
        }
        return std::nullopt;
    }

    Fault items(const json& operand, const At& at) {
        if (!at.value.is_array()) return std::nullopt;
        for (std::size_t i = 0; i < at.value.size(); ++i)
            if (auto fault =
                    check(operand, at.value[i], fmt::format("{}[{}]", at.place, i), at.depth + 1))
                return fault;
        return std::nullopt;
    }

    Fault all_of(const json& operand, const At& at) {
        for (const auto& schema : operand)
            if (auto fault = check(schema, at.value, at.place, at.depth + 1)) return fault;
        return std::nullopt;
    }

    Fault some_of(const std::string& keyword, const json& operand, const At& at) {
        std::size_t fitting = 0;
        std::string faults;
        for (const auto& schema : operand) {
            const auto fault = check(schema, at.value, at.place, at.depth + 1);
            if (!fault)
                ++fitting;
            else
                faults += (faults.empty() ? "" : "; ") + *fault;
        }
        if (keyword == "oneOf" ? fitting == 1 : fitting > 0) return std::nullopt;
        return fitting > 1
                   ? fmt::format("{}: {} fits {} schemas of oneOf", at.place, show(at.value),
                                 fitting)
                   : fmt::format("{}: fits no schema of {} ({})", at.place, keyword, faults);
    }

    const Schemas& schemas_;
};

}  // namespace

std::expected<OpenRpc, std::string> OpenRpc::load(const fs::path& folder) {
    OpenRpc specification;
    if (!fs::is_directory(folder))
        return std::unexpected{fmt::format("{}: no such folder", folder.string())};
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator{folder})
        if (entry.is_regular_file() && entry.path().extension() == ".yaml")
            files.push_back(entry.path());
    std::ranges::sort(files);  // of two schemas of one name the first counts
    for (const auto& file : files) {
        try {
            const auto document = to_json(YAML::LoadFile(file.string()));
            if (document.is_array()) {
                for (const auto& method : document)
                    if (method.contains("result"))
                        specification.results_[method.at("name")] =
                            method.at("result").value("schema", json::object());
            } else if (document.is_object()) {
                for (const auto& [name, schema] : document.items())
                    specification.schemas_.try_emplace(name, schema);
            }
        } catch (const std::exception& error) {
            return std::unexpected{fmt::format("{}: {}", file.string(), error.what())};
        }
    }
    return specification;
}

std::optional<std::string> OpenRpc::check_result(std::string_view method,
                                                 const json& result) const {
    const auto schema = results_.find(method);
    if (schema == results_.end()) return fmt::format("the specification has no method {}", method);
    return find_schema_fault(schema->second, result, schemas_);
}

std::optional<std::string> find_schema_fault(const json& schema, const json& value,
                                             const Schemas& schemas) {
    return Checker{schemas}.check(schema, value, "$", 0);
}

}  // namespace meta138::conformance
