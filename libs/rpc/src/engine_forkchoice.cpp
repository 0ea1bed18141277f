// SPDX-License-Identifier: Apache-2.0
#include "engine_building.hpp"
#include "engine_methods.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/rpc/parameters.hpp"

#include <fmt/format.h>

namespace meta138::rpc {

namespace {

using blockchain::Chain;
using blockchain::ChainView;
using Executed = EngineStore::Executed;

struct ForkchoiceState {
    Hash32 head;
    Hash32 safe;
    Hash32 finalized;
};

RpcResult<ForkchoiceState> read_state(json::Value value) {
    const auto head = hash_of(value.find("headBlockHash"));
    const auto safe = hash_of(value.find("safeBlockHash"));
    const auto finalized = hash_of(value.find("finalizedBlockHash"));
    if (!head || !safe || !finalized) return fail(error::invalid_forkchoice_params);
    return ForkchoiceState{*head, *safe, *finalized};
}

struct Answer {
    PayloadStatus status;
    std::optional<PayloadId> payload_id;
};

void write_answer(json::Writer& out, const Answer& answer) {
    out.open_object();
    out.key("payloadStatus");
    write_payload_status(out, answer.status);
    out.key("payloadId");
    if (answer.payload_id)
        out.hex(answer.payload_id->bytes);
    else
        out.null();
    out.close_object();
}

// The way from the canonical chain to a block that is to be the head.
struct Branch {
    Header head;
    std::uint64_t ancestor = 0;      ///< The highest canonical block on the way.
    std::vector<Hash32> hashes;      ///< Those above it, oldest first.
    std::vector<Executed> executed;  ///< They themselves, as far as they ran; oldest first.
    bool is_side = false;            ///< Some of them have not run.

    [[nodiscard]] bool contains(const ChainView& view, const Hash32& hash) const {
        if (std::ranges::find(hashes, hash) != hashes.end()) return true;
        const auto number = view.blocks().block_number(hash);
        return number && *number <= ancestor;
    }
};

std::optional<Branch> find_branch(const EngineStore& store, const ChainView& view,
                                  const Hash32& head) {
    const auto& blocks = view.blocks();
    Branch branch;
    auto at = head;
    for (bool is_first = true;; is_first = false) {
        if (const auto number = blocks.block_number(at)) {
            branch.ancestor = *number;
            if (is_first) branch.head = blocks.header(*number)->header;
            break;
        }
        Header header;
        if (auto executed = store.find(at)) {
            header = executed->block.header;
            branch.executed.push_back(std::move(executed));
        } else if (const auto side = blocks.side_block(at)) {
            header = side->header;
            branch.is_side = true;
        } else {
            return std::nullopt;
        }
        if (is_first) branch.head = header;
        branch.hashes.push_back(at);
        at = header.parent_hash;
    }
    std::ranges::reverse(branch.hashes);
    std::ranges::reverse(branch.executed);
    return branch;
}

// Besu's isValidForkchoiceState: both are known, and in line from the one to the other to the head.
bool is_consistent(const ChainView& view, const Branch& branch, const ForkchoiceState& state) {
    const Hash32 none;
    if (state.finalized != none && !branch.contains(view, state.finalized)) return false;
    if (state.safe == none) return state.finalized == none;
    if (!branch.contains(view, state.safe)) return false;
    if (state.finalized == none) return true;
    const auto place = [&](const Hash32& hash) {
        const auto number = view.blocks().block_number(hash);
        if (number && *number <= branch.ancestor) return *number;
        const auto at = std::ranges::find(branch.hashes, hash);
        return branch.ancestor + 1 + static_cast<std::uint64_t>(at - branch.hashes.begin());
    };
    return place(state.finalized) <= place(state.safe);
}

// Makes the branch canonical.
std::expected<void, blockchain::ImportError> adopt(Chain& chain, const Branch& branch,
                                                   const Hash32& head) {
    const auto current = chain.view()->head().header.number;
    if (branch.hashes.empty()) return {};  // canonical already, perhaps below the head
    if (!branch.is_side && branch.ancestor == current) {
        for (const auto& block : branch.executed) chain.append(block);
        return {};
    }
    for (const auto& block : branch.executed)
        if (const auto kept = chain.import(block->block); !kept)
            return std::unexpected{kept.error()};
    return chain.set_head(head);
}

// In Besu's order, with its words.
RpcResult<void> validate_attributes(unsigned version, const ChainView& view,
                                    const PayloadAttributes& attributes, const Header& head) {
    const auto timestamp = attributes.timestamp;
    if (timestamp <= head.timestamp)
        return fail_with_data(error::invalid_payload_attributes,
                              fmt::format("Payload attributes timestamp {} not greater than head "
                                          "block timestamp {}",
                                          timestamp, head.timestamp));
    if (version == 1) return require_fork(view, timestamp, {}, Fork::shanghai);
    const bool is_shanghai = is_active(view, Fork::shanghai, timestamp);
    if (is_shanghai && !attributes.withdrawals)
        return fail_with_data(error::invalid_payload_attributes,
                              "Withdrawals must not be null after Shanghai hardfork");
    if (!is_shanghai && attributes.withdrawals)
        return fail_with_data(error::invalid_payload_attributes,
                              "Withdrawals must be null before Shanghai hardfork");
    if (version == 2) return require_fork(view, timestamp, {}, Fork::cancun);
    if (!attributes.parent_beacon_block_root)
        return fail_with_data(error::invalid_payload_attributes, "Missing parentBeaconBlockRoot");
    return require_fork(view, timestamp, Fork::cancun, {});
}

std::optional<PayloadId> prepare_payload(Engine& engine, Chain& chain, const Hash32& parent,
                                         const PayloadAttributes& attributes) {
    PoolSource nothing{nullptr, Fork::frontier};
    auto built =
        blockchain::build_block(chain, block_attributes(attributes, engine.options), nothing, {});
    if (!built) return std::nullopt;
    const auto id = payload_id(parent, attributes);
    engine.store.add_job(id, {.attributes = attributes,
                              .parent_hash = parent,
                              .built = std::move(built),
                              .blob_transactions = {}});
    return id;
}

// On the chain's thread.
RpcResult<Answer> update(Engine& engine, unsigned version, Chain& chain,
                         const ForkchoiceState& state,
                         const std::optional<PayloadAttributes>& attributes) {
    auto& store = engine.store;
    const auto syncing = Answer{{"SYNCING", {}, {}}, {}};
    if (const auto latest = store.latest_valid_of_invalid(state.head))
        return Answer{{"INVALID", *latest, to_hex(state.head.bytes) + " is an invalid block"}, {}};
    const auto view = chain.view();
    const auto branch = find_branch(store, *view, state.head);
    if (!branch) return syncing;
    if (!is_consistent(*view, *branch, state)) return fail(error::invalid_forkchoice_state);
    if (const auto adopted = adopt(chain, *branch, state.head); !adopted) {
        if (!blockchain::is_invalid(adopted.error()))
            return fail_with_data(error::invalid_forkchoice_state, to_string(adopted.error()));
        const auto latest = chain.view()->head().hash;
        store.mark_invalid(state.head, latest);
        return Answer{{"INVALID", latest, to_string(adopted.error())}, {}};
    }
    // A canonical block below the head stays there: an old head (execution-apis allows that).
    const bool is_head = chain.view()->head().hash == state.head;
    if (is_head) chain.set_safe_and_finalized(state.safe, state.finalized);
    store.prune(*chain.view());
    if (attributes) TRY(validate_attributes(version, *chain.view(), *attributes, branch->head));
    Answer answer{{"VALID", state.head, {}}, {}};
    if (attributes && is_head)
        answer.payload_id = prepare_payload(engine, chain, state.head, *attributes);
    return answer;
}

RpcResult<void> forkchoice_updated(const SharedEngine& engine, unsigned version,
                                   const Request& request, json::Value arguments,
                                   json::Writer& out) {
    TRY_LET(const auto state, read_state(arguments.at(0)));
    std::optional<PayloadAttributes> attributes;
    if (const auto value = arguments.at(1); !value.is_missing()) {
        TRY_LET(attributes, read_payload_attributes(value));
    }
    const auto answer = on_chain_thread(
        request, [&](Chain& chain) { return update(*engine, version, chain, state, attributes); });
    if (!answer) return std::unexpected{answer.error()};
    write_answer(out, *answer);
    return {};
}

}  // namespace

void add_forkchoice_methods(MethodTable& table, const SharedEngine& engine) {
    const auto add = [&](std::string_view name, unsigned version) {
        table.add(name, Group::engine, Cost::heavy,
                  [engine, version](const Request& request, Arguments arguments,
                                    json::Writer& out) -> RpcResult<void> {
                      return forkchoice_updated(engine, version, request, arguments.values, out);
                  });
    };
    add("engine_forkchoiceUpdatedV1", 1);
    add("engine_forkchoiceUpdatedV2", 2);
    add("engine_forkchoiceUpdatedV3", 3);
}

}  // namespace meta138::rpc
