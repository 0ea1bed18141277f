// SPDX-License-Identifier: Apache-2.0
// Anything that anybody may do to a feed: the contract and the model must agree after every step.
#include "feed_run.hpp"

#include <cstdio>
#include <cstdlib>

using namespace meta138;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static contracts::FeedRun feed;
    const auto steps = contracts::decode_feed_steps({data, size});
    const auto failure = feed.run(steps);
    if (!failure) return 0;
    std::fprintf(stderr, "%s\n", failure->what.c_str());
    for (const auto& line : failure->story) std::fprintf(stderr, "  %s\n", line.c_str());
    std::abort();
}
