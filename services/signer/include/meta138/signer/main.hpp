// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace meta138::signer {

/// The program meta138-signer: reads its arguments, serves until a signal ends it, or carries out a
/// command. Returns the exit code: 0; 1 when it failed; 2 when the options are at fault.
int run_main(int argc, const char* const* argv);

}  // namespace meta138::signer
