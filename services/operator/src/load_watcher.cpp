// SPDX-License-Identifier: Apache-2.0
#include "load_watcher.hpp"

#include <utility>

namespace meta138::op {
namespace {

constexpr std::chrono::milliseconds poll_interval{20};

}  // namespace

LoadWatcher::LoadWatcher(client::Chain& chain, std::uint64_t after) : chain_{chain}, last_{after} {
    thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
}

std::vector<LoadWatcher::Block> LoadWatcher::take() {
    const MutexLock lock{mutex_};
    return std::exchange(blocks_, {});
}

void LoadWatcher::run(const std::stop_token& stop) {
    client::CallOptions options;
    options.stop = stop;
    while (!stop.stop_requested()) {
        std::this_thread::sleep_for(poll_interval);
        const auto number = chain_.ask(client::block_number(), options);
        const auto seen = Clock::now();
        while (number && last_ < *number) {
            auto head = chain_.ask(client::head(last_ + 1), options);
            if (!head || !*head) break;
            ++last_;
            const MutexLock lock{mutex_};
            blocks_.push_back({.head = **std::move(head), .seen = seen});
        }
    }
}

}  // namespace meta138::op
