// SPDX-License-Identifier: Apache-2.0
// Random faults, a seed each; then calm, and a block within the promised time.
#include "core_network.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

using namespace meta138::qbft;
using namespace meta138::qbft::test;
using namespace std::chrono_literals;

namespace {

class Storm {
public:
    Storm(CoreNetwork& network, std::uint64_t seed) : network_{network}, random_{seed} {}

    void blow(int steps) {
        for (int i = 0; i < steps && network_.broken().empty(); ++i) {
            fault();
            network_.run_for(milliseconds{below(3000)});
        }
        for (std::size_t i = 0; i < network_.size(); ++i)
            if (!network_.node(i).core) network_.restart(i);
        network_.crashes_before = {};
        network_.heal();
    }

private:
    int below(int limit) { return std::uniform_int_distribution<int>{0, limit - 1}(random_); }
    std::size_t any() { return static_cast<std::size_t>(below(static_cast<int>(network_.size()))); }

    void fault() {
        switch (below(7)) {
            case 0: network_.crash(any()); break;
            case 1:
            case 2: {
                const auto i = any();
                if (!network_.node(i).core) network_.restart(i);
                break;
            }
            case 3: split(); break;
            case 4: network_.heal(); break;
            case 5: network_.cut(any(), any()); break;
            case 6: {
                // Between any two actions: also after Persist and before Send.
                network_.crashes_before = [this](std::size_t, const Action&) {
                    return below(200) == 0;
                };
                break;
            }
        }
    }

    void split() {
        std::vector<std::size_t> order(network_.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::ranges::shuffle(order, random_);
        const auto middle = order.begin() + below(static_cast<int>(order.size()));
        network_.partition({{order.begin(), middle}, {middle, order.end()}});
    }

    CoreNetwork& network_;
    std::mt19937_64 random_;
};

}  // namespace

TEST(CoreFaults, never_fork_and_always_recover) {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        CoreNetwork network{{.validators = 1 + seed % 8,
                             .seed = seed,
                             .loss = seed % 3 == 0 ? 0.1 : 0.0,
                             .max_round_timeout = 8s,
                             .early_round_change = seed % 5 != 0}};
        Storm{network, seed}.blow(15);
        const auto head = network.highest_head();
        EXPECT_TRUE(network.run_to(head + 2, 60s));
        EXPECT_EQ(network.broken(), "");
        if (HasFailure()) {
            for (std::size_t i = 0; i < network.size(); ++i) ADD_FAILURE() << network.story(i);
            break;
        }
    }
}
