// SPDX-License-Identifier: Apache-2.0
#include "meta138/blockchain/import_error.hpp"

#include "meta138/base/hex.hpp"

#include <fmt/format.h>

namespace meta138::blockchain {

namespace {

struct ErrorText {
    std::string operator()(const execution::InvalidBlock& error) const {
        return execution::to_string(error);
    }
    std::string operator()(const InvalidSeal& error) const { return "seal: " + error.reason; }
    std::string operator()(const UnknownParent& error) const {
        return fmt::format("the parent {} is unknown", to_hex(error.parent_hash.bytes));
    }
    std::string operator()(const StateUnavailable& error) const {
        return fmt::format("the state of block {} is no longer retained", error.number);
    }
    std::string operator()(const UnknownBlock&) const { return "there is no such block"; }
    std::string operator()(const InvalidAncestor& error) const {
        return fmt::format("its ancestor {} ({}) is invalid: {}", error.number,
                           to_hex(error.hash.bytes), error.reason);
    }
    std::string operator()(const ConflictsWithFinal& error) const {
        return fmt::format("conflicts with block {}, which is final", error.number);
    }
};

}  // namespace

bool is_invalid(const ImportError& error) noexcept {
    if (const auto* seal = std::get_if<InvalidSeal>(&error)) return !seal->is_undecided;
    return std::holds_alternative<execution::InvalidBlock>(error) ||
           std::holds_alternative<InvalidAncestor>(error);
}

std::string to_string(const ImportError& error) {
    return std::visit(ErrorText{}, error);
}

}  // namespace meta138::blockchain
