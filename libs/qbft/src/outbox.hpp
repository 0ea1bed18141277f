// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "signing_record.hpp"

#include "meta138/qbft/core.hpp"

#include <cstddef>
#include <optional>
#include <utility>

namespace meta138::qbft {

/// The actions of one event in their order, with one Persist before the first that shows something
/// newly signed.
class Outbox {
public:
    void add(Action action) { actions_.push_back(std::move(action)); }
    /// An action that shows a signature of this validator.
    void add_signed(Action action);
    void observe(Observation observation) { add(std::move(observation)); }

    /// Everything since the last call.
    [[nodiscard]] Actions take(SigningRecord& record);

private:
    Actions actions_;
    std::optional<std::size_t> first_signed_;
};

}  // namespace meta138::qbft
