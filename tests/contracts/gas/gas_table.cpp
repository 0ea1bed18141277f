// SPDX-License-Identifier: Apache-2.0
#include "gas_table.hpp"

#include "meta138/codec/json/reader.hpp"
#include "meta138/contracts/artifact.hpp"

#include <fmt/format.h>

#include <iterator>
#include <utility>

namespace meta138::contracts {

namespace {

// "12,345": figures that are compared at a glance.
std::string grouped(std::uint64_t number) {
    auto digits = fmt::format("{}", number);
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
        digits.insert(static_cast<std::size_t>(at), ",");
    return digits;
}

}  // namespace

GasSection::GasSection(Chain& chain, std::string title, std::string_view artifact,
                       const Address& address)
    : chain_{chain}, title_{std::move(title)}, artifact_{artifact}, address_{address} {}

void GasSection::send(std::string_view signature, const std::vector<AbiValue>& arguments,
                      const Sending& how) {
    covered_.emplace(signature);
    send_data(signature, Method{signature}.encode(arguments), how);
}

void GasSection::send_data(std::string_view name, Bytes data, const Sending& how) {
    const auto outcome = chain_.send(how.sender, address_, std::move(data), how.value);
    if (outcome.succeeded == how.is_refused)
        faults_.push_back(
            fmt::format("{}: {} ({}): {}", title_, name, how.note, revert_reason(outcome)));
    sent_.push_back(
        {.call = std::string{name}, .note = std::string{how.note}, .gas = outcome.gas_used});
}

void GasSection::read(std::string_view signature, const std::vector<AbiValue>& arguments,
                      std::string_view note) {
    covered_.emplace(signature);
    const auto data = Method{signature}.encode(arguments);
    const auto cold = chain_.call(address_, data);
    const auto warm = chain_.call_warm(address_, data);
    if (!cold.succeeded)
        faults_.push_back(
            fmt::format("{}: {} ({}): {}", title_, signature, note, revert_reason(cold)));
    reads_.push_back({.call = std::string{signature},
                      .note = std::string{note},
                      .cold = cold.gas_used,
                      .warm = warm.gas_used});
}

std::string GasSection::markdown() const {
    auto text = fmt::format("## {}\n", title_);
    const auto out = std::back_inserter(text);
    if (!sent_.empty()) {
        fmt::format_to(out, "\n| Transaction | Case | Gas |\n|---|---|---:|\n");
        for (const auto& [call, note, gas] : sent_)
            fmt::format_to(out, "| `{}` | {} | {} |\n", call, note, grouped(gas));
    }
    if (!reads_.empty()) {
        fmt::format_to(out, "\n| Read | Case | Cold | Warm |\n|---|---|---:|---:|\n");
        for (const auto& [call, note, cold, warm] : reads_)
            fmt::format_to(out, "| `{}` | {} | {} | {} |\n", call, note, grouped(cold),
                           grouped(warm));
    }
    return text;
}

std::vector<std::string> GasSection::faults() const {
    auto faults = faults_;
    if (artifact_.empty()) return faults;
    json::Parser parser;
    const auto identifiers = parser.parse(artifact(artifact_).method_identifiers);
    if (!identifiers) {
        faults.push_back(fmt::format("{}: the artifact's functions cannot be read", title_));
        return faults;
    }
    for (const auto [signature, selector] : identifiers->members()) {
        if (!covered_.contains(std::string{signature}))
            faults.push_back(fmt::format("{}: {} is missing", title_, signature));
    }
    return faults;
}

}  // namespace meta138::contracts
