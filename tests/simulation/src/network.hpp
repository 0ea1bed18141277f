// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "random.hpp"
#include "scenario.hpp"
#include "time.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace meta138::simulation {

/// Who can talk to whom, and how long it takes.
class Network {
public:
    Network(const Scenario& scenario, std::size_t nodes, Random& random);

    /// Who has a connection with whom when nothing is wrong.
    void connect(std::size_t a, std::size_t b);
    [[nodiscard]] bool is_connected(std::size_t a, std::size_t b) const {
        return link(a, b).exists;
    }
    /// Nothing gets from `from` to `to` while cut more often than mended.
    void cut(std::size_t from, std::size_t to) { ++link(from, to).cuts; }
    void mend(std::size_t from, std::size_t to) { --link(from, to).cuts; }
    [[nodiscard]] bool is_cut(std::size_t from, std::size_t to) const {
        return link(from, to).cuts > 0;
    }

    void set_loss(double probability) { loss_ = probability; }
    void set_slowness(double factor) { slowness_ = factor; }

    /// When what is sent now arrives; absent: it is lost.
    [[nodiscard]] std::optional<Time> arrival(std::size_t from, std::size_t to, Time now);
    [[nodiscard]] bool duplicates() { return random_.chance(scenario_.duplicates); }

private:
    struct Link {
        bool exists = false;
        int cuts = 0;
        Time delay{};
        Time last{};  // arrival of the last message, which keeps its place
    };
    Link& link(std::size_t from, std::size_t to) { return links_[from * nodes_ + to]; }
    [[nodiscard]] const Link& link(std::size_t from, std::size_t to) const {
        return links_[from * nodes_ + to];
    }

    const Scenario& scenario_;
    const std::size_t nodes_;
    Random& random_;
    std::vector<Link> links_;
    double loss_ = 0;
    double slowness_ = 1;
};

}  // namespace meta138::simulation
