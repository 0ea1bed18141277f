// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace meta138::oracle {

/// The program meta138-oracle: publishes until a signal ends it, or carries out a command. Returns
/// the exit code: 0; 1 when it failed; 2 when the options or the configuration are at fault.
int run_main(int argc, const char* const* argv);

}  // namespace meta138::oracle
