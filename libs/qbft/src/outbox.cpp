// SPDX-License-Identifier: Apache-2.0
#include "outbox.hpp"

#include <utility>

namespace meta138::qbft {

void Outbox::add_signed(Action action) {
    if (!first_signed_) first_signed_ = actions_.size();
    add(std::move(action));
}

Actions Outbox::take(SigningRecord& record) {
    // What was noted and is not shown yet waits for the next action that shows something.
    if (first_signed_ && record.take_changed())
        actions_.insert(actions_.begin() + static_cast<std::ptrdiff_t>(*first_signed_),
                        Persist{record.record()});
    first_signed_.reset();
    return std::exchange(actions_, {});
}

}  // namespace meta138::qbft
