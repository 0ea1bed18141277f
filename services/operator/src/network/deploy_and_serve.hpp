// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/operator/network/control.hpp"
#include "meta138/operator/network/operate.hpp"

#include <filesystem>

namespace meta138::op {

/// On a network that makes blocks: puts what deploy.toml says on the chain, tells the publishers
/// where it is, starts signer, prices and publishers, and says where to look. Throws NetworkError.
void deploy_and_serve(const std::filesystem::path& folder, const NetworkFile& network,
                      Control& control, const Say& say);

}  // namespace meta138::op
