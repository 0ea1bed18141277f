// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/types/fork.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace meta138::contracts {

/// What somebody does to a feed, in eight bytes: what they mean depends on where the feed is, so
/// that a step is as telling after others have been taken away.
using FeedStep = FixedBytes<8>;

/// Steps from any bytes: eight each, a rest of fewer is left out.
[[nodiscard]] std::vector<FeedStep> decode_feed_steps(ByteView bytes);
[[nodiscard]] std::vector<FeedStep> random_feed_steps(std::uint64_t seed, std::size_t count);

/// Where the contract and the model part.
struct FeedFailure {
    std::size_t step = 0;
    std::string what;
    std::vector<std::string> story;  ///< The steps up to there, in words.
};

/// Runs the steps on the contract and on the model, and compares what each call came to, what it
/// logged, and all that can be read afterwards. Absent: they agree.
class FeedRun {
public:
    explicit FeedRun(Fork fork = Fork::london);
    ~FeedRun();
    FeedRun(const FeedRun&) = delete;
    FeedRun& operator=(const FeedRun&) = delete;

    [[nodiscard]] std::optional<FeedFailure> run(const std::vector<FeedStep>& steps);

    /// The aggregator's code, and another in its place from now on: to see that it is told apart.
    [[nodiscard]] Bytes code() const;
    void replace_code(const Bytes& code);
    /// The places of the code's instructions that such a run executes.
    [[nodiscard]] std::set<std::size_t> executed_by(const std::vector<FeedStep>& steps);

    /// The same failure, or another, with as few steps as can be found.
    [[nodiscard]] FeedFailure shrink(std::vector<FeedStep> steps);

    /// How many calls of each kind have changed the feed since the object was made: a run that only
    /// ever reverts shows nothing.
    [[nodiscard]] std::string coverage() const;
    [[nodiscard]] std::size_t rounds_written() const noexcept;

private:
    class Execution;
    struct World;
    std::unique_ptr<World> world_;
};

}  // namespace meta138::contracts
