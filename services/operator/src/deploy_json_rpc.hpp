// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/operator/deploy.hpp"

#include <memory>

namespace meta138::op {

/// The chain behind the options' endpoints, with their sender. Both outlive it.
[[nodiscard]] DeployAnswer<std::unique_ptr<DeployTarget>> connect_deploy_target(
    const DeployOptions& options);

}  // namespace meta138::op
