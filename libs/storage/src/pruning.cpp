// SPDX-License-Identifier: Apache-2.0
#include "pruning.hpp"

#include "block_writer.hpp"
#include "schema.hpp"
#include "versioned.hpp"

#include <algorithm>

namespace meta138::storage {
namespace {

using schema::Family;

/// Whether a window covers the block; blocks count from the head back, and ages from its time.
bool is_in_window(const Snapshot& chain, const Retention& retention, const StoredHeader& head,
                  std::uint64_t number) {
    const auto depth = head.header.number - number;
    if (depth < minimal_states) return true;
    if (retention.blocks && depth < *retention.blocks) return true;
    if (!retention.age) return false;
    const auto header = chain.header(number);
    const auto age = static_cast<std::uint64_t>(std::max<std::int64_t>(retention.age->count(), 0));
    return header && header->header.timestamp + age >= head.header.timestamp;
}

bool keeps_block(const Snapshot& chain, const Retention& retention, const StoredHeader& head,
                 std::uint64_t number) {
    return retention.mode != Retention::Mode::window ||
           is_in_window(chain, retention, head, number);
}
bool keeps_state(const Snapshot& chain, const Retention& retention, const StoredHeader& head,
                 std::uint64_t number) {
    switch (retention.mode) {
        case Retention::Mode::archive: return true;
        case Retention::Mode::window: return is_in_window(chain, retention, head, number);
        case Retention::Mode::minimal: return head.header.number - number < minimal_states;
    }
    __builtin_unreachable();
}

void put_mark(const Rocks& rocks, rocksdb::WriteBatch& batch, std::string_view name,
              std::uint64_t number) {
    rocks.check(batch.Put(rocks[Family::metadata], to_slice(name),
                          to_slice(schema::number_key(number).view())),
                "prune");
}

}  // namespace

std::optional<PruningStep> next_pruning_step(const Snapshot& chain, const Retention& retention) {
    const auto head = chain.head();
    if (!head || retention.mode == Retention::Mode::archive) return std::nullopt;
    PruningStep step;
    if (const auto block = chain.oldest_block();
        block < head->header.number && !keeps_block(chain, retention, *head, block))
        step.block = block;
    if (const auto state = chain.oldest_state();
        state < head->header.number && !keeps_state(chain, retention, *head, state))
        step.state = state;
    if (!step.block && !step.state) return std::nullopt;
    return step;
}

void prune_block(const Rocks& rocks, rocksdb::WriteBatch& batch, const Snapshot& chain,
                 std::uint64_t number) {
    const auto header = chain.header(number);
    if (!header) rocks.fail_on_row(Family::headers, schema::number_key(number).view(), "missing");
    if (number != 0) remove_body(rocks, batch, *header);  // the genesis block is kept
    put_mark(rocks, batch, schema::mark::oldest_block, number + 1);
}

// The state after a block needs what the blocks after it changed.
void prune_state(const Rocks& rocks, rocksdb::WriteBatch& batch, std::uint64_t number) {
    forget_past(rocks, batch, number + 1);
    put_mark(rocks, batch, schema::mark::oldest_state, number + 1);
}

}  // namespace meta138::storage
