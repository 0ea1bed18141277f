// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>

namespace meta138::conformance {

/// Where two values differ first, and how: "$.result.gas: got "0x1", expected "0x2"". Numbers are
/// compared by value. Nothing: they are equal.
std::optional<std::string> find_difference(const nlohmann::json& got,
                                           const nlohmann::json& expected);

/// Wherever both sides have an `error` object, takes its `message` out of both: the execution-apis'
/// tests pin codes, not words.
void drop_error_messages(nlohmann::json& got, nlohmann::json& expected);

/// Brings the `error` texts of traces, which clients word differently, to one of eight.
void normalize_trace_errors(nlohmann::json& response);
/// A text without white space, wherever an error has one.
void strip_error_space(nlohmann::json& response);
/// Takes all members of that name out of the value.
void drop_members(nlohmann::json& value, const std::string& name);
/// Takes out of trace_callMany's result what another Istanbul's gas prices change: `gasUsed` of
/// traces, `cost` and `used` of vmTraces, balances of stateDiffs.
void drop_call_many_gas(nlohmann::json& response);

/// Where the values differ in what they are made of (members, kinds of values, whether a text is
/// hex), if not in what they say.
std::optional<std::string> find_structural_difference(const nlohmann::json& got,
                                                      const nlohmann::json& expected);

}  // namespace meta138::conformance
