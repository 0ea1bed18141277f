// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/operator/watch/snapshot.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace meta138::op {

/// What to look at: a local network's folder, or nodes by their URLs.
struct ObserverOptions {
    std::filesystem::path folder = "network";  ///< Read if there are no URLs.
    std::vector<std::string> urls;             ///< "http://HOST:PORT"
    /// What `meta138 deploy` has written, for the feeds; empty: FOLDER/manifest.json, or none.
    std::filesystem::path manifest;
    std::size_t blocks = 64;                  ///< So many of the newest are kept for rates.
    std::chrono::milliseconds timeout{1500};  ///< For each node: others do not wait longer for it.
};

/// Looks at a chain and its machines again and again. One thread; all nodes are asked at once.
class Observer {
public:
    /// @throws NetworkError for a folder that is no network's, or a bad URL or manifest
    explicit Observer(ObserverOptions options);
    ~Observer();
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;

    /// Waits for the slowest node, at most twice the timeout.
    /// @throws NetworkError if the network's folder has gone
    [[nodiscard]] Snapshot look();

    struct State;

private:
    std::unique_ptr<State> state_;
};

}  // namespace meta138::op
