// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "code.hpp"
#include "operations.hpp"
#include "translation.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace meta138::evm {

/// Makes the operations of one code, block by block, in the order of the code.
///
/// It executes a block symbolically. A position is a place on the EVM's stack, a slot a place in
/// memory; both count from the top of the stack at the start of the block, so that the slots below
/// 0 hold what the block inherits. A value lives in a slot or is a constant, and may stand at
/// several positions. Only when the block ends must the value of each position be in the slot of
/// that number.
class BlockTranslator {
public:
    BlockTranslator(const Code& code, Fork fork);

    /// Returns the index of the block's first operation.
    std::size_t begin_block();
    /// Adds an entrance for a JUMPDEST that has `skipped` more behind it before the block that
    /// begin_block() starts next; so a row of them costs no more than one. Returns its index.
    std::size_t add_entrance(std::uint32_t skipped);
    /// Adds an instruction that does not end the block.
    void translate(std::size_t pc);
    /// Adds the instruction that does, and ends the block.
    void terminate(std::size_t pc);
    /// Ends the block where the next one begins.
    void fall_through();
    /// Ends the block as at the end of the code.
    void stop();
    /// Whether the block should end for its size, and go on in another.
    [[nodiscard]] bool is_full() const noexcept;

    /// Hands out what was made. `jumpdest_operations` are the blocks' indices by rank of JUMPDEST.
    void finish(std::vector<Operation>& operations, std::vector<uint256>& constants,
                std::span<const std::uint32_t> jumpdest_operations);

private:
    using ValueId = std::uint32_t;
    static constexpr ValueId nobody = ~ValueId{0};

    struct Value {
        std::int32_t slot = 0;       // where it is, unless it is a constant
        std::uint32_t constant = 0;  // index into constants_
        bool is_constant = false;
        std::uint32_t uses = 0;  // positions it stands at, and operands not released yet
    };

    /// What an operation came from, for those that can merge with what follows.
    struct Origin {
        std::uint8_t opcode = 0;
        ValueId result = nobody;
        ValueId a = nobody;
        ValueId b = nobody;
    };

    /// A condition to jump on: a slot, or a comparison that the jump makes itself.
    struct Condition {
        ValueId value = nobody;  // when comparison.result is nobody
        bool when = true;
        Origin comparison{};
        std::size_t operations = 0;  // how many trailing operations it replaces
    };

    /// A position whose value is not in the slot of that number.
    struct Move {
        std::int32_t to;
        ValueId value;
    };
    using Moves = std::vector<Move>;

    // The symbolic stack.
    void ensure_position(std::int32_t position);
    ValueId& at(std::int32_t position) { return stack_[index_of(position)]; }
    ValueId pop();
    void push(ValueId value);
    void release(ValueId value);

    // Values and slots.
    ValueId make_constant(const uint256& constant);
    ValueId make_value_in(std::int32_t slot);
    ValueId push_result();
    [[nodiscard]] bool is_constant(ValueId value) const { return values_[value].is_constant; }
    [[nodiscard]] const uint256& constant_of(ValueId value) const {
        return constants_[values_[value].constant];
    }
    [[nodiscard]] std::int32_t free_slot_from(std::int32_t slot) const;
    [[nodiscard]] std::int32_t above_all_slots() const;
    void occupy(std::int32_t slot, ValueId value);
    void materialise(ValueId value);

    // Instructions by kind.
    void translate_unary(std::uint8_t opcode);
    void translate_binary(std::uint8_t opcode);
    void translate_ternary(std::uint8_t opcode);
    bool translate_as_shift(std::uint8_t opcode, ValueId a, ValueId b);
    void translate_calldataload();
    void translate_mload();
    void translate_mstore();
    void translate_mstore8();
    bool translate_fixed_keccak256();
    void translate_gas();
    void translate_in_place(std::uint8_t opcode, Operator run, bool is_metered);
    std::int32_t line_up(std::span<const ValueId> operands, bool has_result);
    void translate_jump();
    void translate_jumpi();

    // The end of a block.
    Condition find_condition(ValueId value) const;
    [[nodiscard]] bool survives(const Condition& condition, const Moves& moves) const;
    void drop_last(std::size_t operations);
    [[nodiscard]] Moves final_moves() const;
    void settle(const Moves& moves);
    void emit_copy(std::int32_t to, std::int32_t from);
    void emit_cycle(const Moves& moves, std::int32_t start);
    std::int32_t protect(std::int32_t slot, const Moves& moves);
    void end_block();

    Operation& emit(Operator run);
    void point_to_constant(ValueId value);
    void point_to_jumpdest(std::uint64_t pc);
    void point_to_next();

    static constexpr std::int32_t middle = 1200;
    static std::size_t index_of(std::int32_t position) {
        return static_cast<std::size_t>(position + middle);
    }

    const Code& code_;
    Fork fork_;
    std::vector<Operation> operations_;
    std::vector<uint256> constants_;
    struct Fixup {
        std::size_t operation;
        std::uint64_t number;  // a constant's index, a JUMPDEST's pc, or an operation's index
    };
    std::vector<Fixup> constant_fixups_;
    std::vector<Fixup> jumpdest_fixups_;
    std::vector<Fixup> operation_fixups_;

    struct Entrance {
        std::size_t operation;
        std::uint32_t skipped;
    };

    // Of the block under way.
    std::vector<Entrance> entrances_;
    std::size_t first_operation_ = 0;
    std::uint64_t gas_ = 0;
    std::int32_t height_ = 0;    // positions below it are on the stack
    std::int32_t lowest_ = 0;    // the deepest position touched
    std::int32_t highest_ = 0;   // the most that height_ was
    std::int32_t top_slot_ = 0;  // slots from here on were never used
    std::vector<Value> values_;
    std::vector<Origin> origins_;      // parallel to the block's operations
    std::vector<Fixup> ahead_fixups_;  // the gas charged up to the operation
    std::array<ValueId, 2 * middle> stack_;
    std::array<ValueId, 2 * middle> owners_;  // of slots

    // Of settle(): by slot, the moves that read it, and the one that writes it.
    static constexpr std::uint32_t no_move = ~std::uint32_t{0};
    std::array<std::uint32_t, 2 * middle> readers_{};
    std::array<std::uint32_t, 2 * middle> writer_;
};

}  // namespace meta138::evm
