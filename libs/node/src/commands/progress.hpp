// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/blockchain/chain_file.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace meta138::node {

/// Shows how an import or export comes along: a bar on a terminal, a line every now and then
/// elsewhere, or JSON lines.
class Progress {
public:
    Progress(std::string what, bool json);

    void show(const blockchain::ChainFileProgress& progress);
    /// The last line: the whole of it.
    void finish(const blockchain::ChainFileProgress& progress);

private:
    [[nodiscard]] double seconds() const;
    void show_bar(const blockchain::ChainFileProgress& progress) const;
    void show_line(const blockchain::ChainFileProgress& progress, bool is_last) const;
    void show_json(const blockchain::ChainFileProgress& progress, bool is_last) const;

    const std::string what_;
    const bool json_;
    const bool is_terminal_;
    const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point shown_ = start_;
};

}  // namespace meta138::node
