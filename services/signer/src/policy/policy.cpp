// SPDX-License-Identifier: Apache-2.0
#include "meta138/signer/policy.hpp"

#include <fmt/format.h>

namespace meta138::signer {

std::string PolicyError::to_string() const {
    return line == 0 ? fmt::format("{}: {}", file, reason)
                     : fmt::format("{}:{}: {}", file, line, reason);
}

Policy Policy::allow_everything() {
    Policy policy;
    policy.allows_everything_ = true;
    policy.default_ = KeyPolicy{};
    return policy;
}

const KeyPolicy* Policy::find(const Address& key) const noexcept {
    const auto found = keys_.find(key);
    if (found != keys_.end()) return &found->second;
    return default_ ? &*default_ : nullptr;
}

}  // namespace meta138::signer
