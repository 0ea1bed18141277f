// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/signer/options.hpp"

namespace meta138::signer {

// The commands beside serving. Each returns the exit code, and throws OptionError.

int run_keys_list(const CommandLine& line);
int run_new_account(const CommandLine& line);
int run_convert_ethsigner_keys(const CommandLine& line);
int run_audit_verify(const CommandLine& line);

/// An option of the command that must be given. Throws OptionError.
[[nodiscard]] std::string required_option(const CommandLine& line, std::string_view name);
[[nodiscard]] bool has_flag(const CommandLine& line, std::string_view name);

}  // namespace meta138::signer
