// SPDX-License-Identifier: Apache-2.0
#include "block_translator.hpp"

#include "instructions_memory.hpp"
#include "opcode_table.hpp"

#include "meta138/base/assert.hpp"

#include <algorithm>
#include <bit>

namespace meta138::evm {
namespace {

constexpr std::int32_t slot_size = sizeof(uint256);

/// Slots that a block may use in either direction, so that offsets fit 16 bits and the slots above
/// a full stack stay within its alignment.
constexpr std::int32_t slot_limit = 900;

std::int16_t offset_of(std::int32_t slot) {
    META138_ASSERT(slot >= -1024 && slot < 1024);
    return static_cast<std::int16_t>(slot * slot_size);
}

/// Memory offsets up to here are kept in the operation.
bool is_small(const uint256& offset) {
    return offset.fits_uint64() && offset.low64() <= 0xffffffff;
}

bool is_power_of_two(const uint256& x) {
    return std::popcount(x.limbs[0]) + std::popcount(x.limbs[1]) + std::popcount(x.limbs[2]) +
               std::popcount(x.limbs[3]) ==
           1;
}

uint256 push_data(const Code& code, std::size_t pc) {
    const auto size = immediate_size(code.begin()[pc]);
    return uint256_from_be({code.begin() + pc + 1, size});
}

}  // namespace

BlockTranslator::BlockTranslator(const Code& code, Fork fork) : code_{code}, fork_{fork} {
    owners_.fill(nobody);
    writer_.fill(no_move);
    operations_.reserve(code.size() / 2 + 16);
}

std::size_t BlockTranslator::begin_block() {
    first_operation_ = operations_.size();
    gas_ = 0;
    height_ = lowest_ = highest_ = top_slot_ = 0;
    values_.clear();
    origins_.clear();
    ahead_fixups_.clear();
    emit(operations::enter_block());
    return first_operation_;
}

std::size_t BlockTranslator::add_entrance(std::uint32_t skipped) {
    emit(operations::enter_block());
    entrances_.push_back({operations_.size() - 1, skipped});
    emit(operations::skip());
    return operations_.size() - 2;
}

bool BlockTranslator::is_full() const noexcept {
    constexpr std::int32_t margin = 40;  // more than any one instruction takes
    return lowest_ < -(slot_limit - margin) || std::max(top_slot_, highest_) > slot_limit - margin;
}

// The symbolic stack.

void BlockTranslator::ensure_position(std::int32_t position) {
    while (lowest_ > position) {
        --lowest_;
        const auto value = make_value_in(lowest_);
        values_[value].uses = 1;
        at(lowest_) = value;
    }
}

BlockTranslator::ValueId BlockTranslator::pop() {
    ensure_position(height_ - 1);
    return at(--height_);
}

void BlockTranslator::push(ValueId value) {
    at(height_++) = value;
    ++values_[value].uses;
    highest_ = std::max(highest_, height_);
}

void BlockTranslator::release(ValueId value) {
    auto& released = values_[value];
    if (--released.uses == 0 && !released.is_constant) owners_[index_of(released.slot)] = nobody;
}

// Values and slots.

BlockTranslator::ValueId BlockTranslator::make_constant(const uint256& constant) {
    constants_.push_back(constant);
    values_.push_back(
        {.constant = static_cast<std::uint32_t>(constants_.size() - 1), .is_constant = true});
    return static_cast<ValueId>(values_.size() - 1);
}

BlockTranslator::ValueId BlockTranslator::make_value_in(std::int32_t slot) {
    values_.push_back({.slot = slot});
    const auto value = static_cast<ValueId>(values_.size() - 1);
    occupy(slot, value);
    return value;
}

/// Pushes a new value, in its own position's slot if that is free. Operands must have been
/// released.
BlockTranslator::ValueId BlockTranslator::push_result() {
    const auto value = make_value_in(free_slot_from(height_));
    push(value);
    return value;
}

std::int32_t BlockTranslator::free_slot_from(std::int32_t slot) const {
    while (owners_[index_of(slot)] != nobody) ++slot;
    return slot;
}

std::int32_t BlockTranslator::above_all_slots() const {
    auto slot = top_slot_;
    while (slot > height_ && owners_[index_of(slot - 1)] == nobody) --slot;
    return std::max(slot, height_);
}

void BlockTranslator::occupy(std::int32_t slot, ValueId value) {
    owners_[index_of(slot)] = value;
    top_slot_ = std::max(top_slot_, slot + 1);
}

/// Puts a constant into a slot, for operations that want it there.
void BlockTranslator::materialise(ValueId value) {
    if (!is_constant(value)) return;
    const auto slot = free_slot_from(height_);
    auto& operation = emit(operations::load_constant());
    operation.to = offset_of(slot);
    point_to_constant(value);
    values_[value].is_constant = false;
    values_[value].slot = slot;
    occupy(slot, value);
}

// Instructions.

void BlockTranslator::translate(std::size_t pc) {
    const auto opcode = code_.begin()[pc];
    const auto& info = opcode_table[opcode];
    gas_ += info.base_gas;
    if (opcode == OP_PUSH0 || immediate_size(opcode) > 0) {
        push(make_constant(opcode == OP_PUSH0 ? uint256{} : push_data(code_, pc)));
    } else if (opcode >= OP_DUP1 && opcode <= OP_DUP16) {
        const auto position = height_ - (opcode - OP_DUP1 + 1);
        ensure_position(position);
        push(at(position));
    } else if (opcode >= OP_SWAP1 && opcode <= OP_SWAP16) {
        const auto position = height_ - (opcode - OP_SWAP1 + 2);
        ensure_position(position);
        std::swap(at(position), at(height_ - 1));
    } else if (opcode == OP_POP) {
        release(pop());
    } else if (opcode == OP_JUMPDEST) {
        // Its price is all it does.
    } else if (opcode == OP_PC) {
        push(make_constant(pc));
    } else if (opcode == OP_CODESIZE) {
        push(make_constant(code_.size()));
    } else if (opcode == OP_GAS) {
        translate_gas();
    } else if (opcode == OP_CALLDATALOAD) {
        translate_calldataload();
    } else if (opcode == OP_MLOAD) {
        translate_mload();
    } else if (opcode == OP_MSTORE) {
        translate_mstore();
    } else if (opcode == OP_MSTORE8) {
        translate_mstore8();
    } else if (opcode == OP_KECCAK256 && translate_fixed_keccak256()) {
        // Done.
    } else if (operations::unary(opcode) != nullptr) {
        translate_unary(opcode);
    } else if (operations::binary(opcode, OperandKind::slot, OperandKind::slot) != nullptr) {
        translate_binary(opcode);
    } else if (operations::ternary(opcode) != nullptr) {
        translate_ternary(opcode);
    } else if (auto* const environment = operations::environment(opcode)) {
        const auto slot = values_[push_result()].slot;
        emit(environment).to = offset_of(slot);
    } else if (auto* const general = operations::general(opcode)) {
        translate_in_place(opcode, general, false);
    } else if (auto* const metered = operations::metered(opcode)) {
        translate_in_place(opcode, metered, true);
    } else {
        auto* const calling = operations::calling(opcode);
        META138_ASSERT(calling != nullptr);
        translate_in_place(opcode, calling, true);
    }
}

void BlockTranslator::translate_unary(std::uint8_t opcode) {
    const auto a = pop();
    if (is_constant(a)) {
        const auto folded = make_constant(fold(opcode, constant_of(a), {}, {}).value());
        release(a);
        push(folded);
        return;
    }
    const auto from = offset_of(values_[a].slot);
    release(a);
    const auto result = push_result();
    auto& operation = emit(operations::unary(opcode));
    operation.a = from;
    operation.to = offset_of(values_[result].slot);
    origins_.back() = {.opcode = opcode, .result = result, .a = a};
}

void BlockTranslator::translate_binary(std::uint8_t opcode) {
    const auto a = pop();
    const auto b = pop();
    if (is_constant(a) && is_constant(b)) {
        const auto folded = make_constant(fold(opcode, constant_of(a), constant_of(b), {}).value());
        release(a);
        release(b);
        push(folded);
        return;
    }
    if (translate_as_shift(opcode, a, b)) return;

    using enum OperandKind;
    const auto offset_a = is_constant(a) ? std::int16_t{0} : offset_of(values_[a].slot);
    const auto offset_b = is_constant(b) ? std::int16_t{0} : offset_of(values_[b].slot);
    release(a);
    release(b);
    const auto result = push_result();
    auto& operation = emit(operations::binary(opcode, is_constant(a) ? constant : slot,
                                              is_constant(b) ? constant : slot));
    operation.to = offset_of(values_[result].slot);
    operation.a = offset_a;
    operation.b = offset_b;
    if (is_constant(a)) point_to_constant(a);
    if (is_constant(b)) point_to_constant(b);
    origins_.back() = {.opcode = opcode, .result = result, .a = a, .b = b};
}

/// Shifts by constants, and multiplications and divisions that are such shifts.
bool BlockTranslator::translate_as_shift(std::uint8_t opcode, ValueId a, ValueId b) {
    bool is_left = false;
    ValueId shifted = nobody;
    uint256 amount;
    const auto by_factor = [&](ValueId x, ValueId factor) {
        if (!is_constant(factor) || !is_power_of_two(constant_of(factor))) return false;
        shifted = x;
        amount = constant_of(factor).bit_length() - 1;
        return true;
    };
    if (opcode == OP_SHL || opcode == OP_SHR) {
        if (!is_constant(a)) return false;
        is_left = opcode == OP_SHL;
        shifted = b;
        amount = constant_of(a);
    } else if (opcode == OP_MUL) {
        is_left = true;
        if (!by_factor(a, b) && !by_factor(b, a)) return false;
    } else if (opcode == OP_DIV) {
        if (!by_factor(a, b)) return false;
    } else {
        return false;
    }

    if (amount >= uint256{256}) {
        release(a);
        release(b);
        push(make_constant({}));
        return true;
    }
    const auto from = offset_of(values_[shifted].slot);
    release(a);
    release(b);
    const auto to = offset_of(values_[push_result()].slot);
    const auto limbs = static_cast<unsigned>(amount.low64() / 64);
    auto& operation =
        emit(is_left ? operations::shift_left(limbs) : operations::shift_right(limbs));
    operation.to = to;
    operation.a = from;
    operation.number = amount.low64() % 64;
    return true;
}

void BlockTranslator::translate_ternary(std::uint8_t opcode) {
    const auto a = pop();
    const auto b = pop();
    const auto c = pop();
    if (is_constant(a) && is_constant(b) && is_constant(c)) {
        const auto folded =
            make_constant(fold(opcode, constant_of(a), constant_of(b), constant_of(c)).value());
        for (const auto value : {a, b, c}) release(value);
        push(folded);
        return;
    }
    for (const auto value : {a, b, c}) materialise(value);
    for (const auto value : {a, b, c}) release(value);
    const auto to = offset_of(values_[push_result()].slot);
    auto& operation = emit(operations::ternary(opcode));
    operation.to = to;
    operation.a = offset_of(values_[a].slot);
    operation.b = offset_of(values_[b].slot);
    operation.c = offset_of(values_[c].slot);
}

void BlockTranslator::translate_gas() {
    const auto to = offset_of(values_[push_result()].slot);
    emit(operations::gas_left()).to = to;
    ahead_fixups_.push_back({operations_.size() - 1, gas_});
}

void BlockTranslator::translate_calldataload() {
    const auto offset = pop();
    const bool is_fixed = is_constant(offset) && constant_of(offset).fits_uint64();
    if (!is_fixed) materialise(offset);
    release(offset);
    const auto to = offset_of(values_[push_result()].slot);
    auto& operation =
        emit(operations::calldataload(is_fixed ? OperandKind::constant : OperandKind::slot));
    operation.to = to;
    if (is_fixed)
        operation.number = constant_of(offset).low64();
    else
        operation.a = offset_of(values_[offset].slot);
}

void BlockTranslator::translate_mload() {
    const auto offset = pop();
    const bool is_fixed = is_constant(offset) && is_small(constant_of(offset));
    if (!is_fixed) materialise(offset);
    release(offset);
    const auto to = offset_of(values_[push_result()].slot);
    auto& operation = emit(operations::mload(is_fixed ? OperandKind::constant : OperandKind::slot));
    operation.to = to;
    if (is_fixed)
        operation.number = constant_of(offset).low64();
    else
        operation.a = offset_of(values_[offset].slot);
}

void BlockTranslator::translate_mstore() {
    using enum OperandKind;
    const auto offset = pop();
    const auto value = pop();
    const bool is_fixed = is_constant(offset) && is_small(constant_of(offset));
    materialise(is_fixed ? value : offset);

    const bool stores_constant = is_constant(value);
    auto& operation =
        emit(operations::mstore(is_fixed ? constant : slot, stores_constant ? constant : slot));
    if (is_fixed)
        operation.number = constant_of(offset).low64();
    else
        operation.a = offset_of(values_[offset].slot);
    if (stores_constant)
        point_to_constant(value);
    else
        operation.b = offset_of(values_[value].slot);
    release(offset);
    release(value);
}

void BlockTranslator::translate_mstore8() {
    const auto offset = pop();
    const auto value = pop();
    materialise(offset);
    materialise(value);
    auto& operation = emit(operations::mstore8());
    operation.a = offset_of(values_[offset].slot);
    operation.b = offset_of(values_[value].slot);
    release(offset);
    release(value);
}

bool BlockTranslator::translate_fixed_keccak256() {
    ensure_position(height_ - 2);
    const auto offset = at(height_ - 1);
    const auto size = at(height_ - 2);
    if (!is_constant(offset) || !is_constant(size) || !is_small(constant_of(offset)) ||
        !is_small(constant_of(size)))
        return false;
    height_ -= 2;
    release(offset);
    release(size);
    const auto to = offset_of(values_[push_result()].slot);
    auto& operation = emit(operations::keccak256_fixed());
    operation.to = to;
    operation.number = constant_of(offset).low64() << 32 | constant_of(size).low64();
    return true;
}

/// An instruction that takes its operands from neighbouring slots, as the interpreter does.
void BlockTranslator::translate_in_place(std::uint8_t opcode, Operator run, bool is_metered) {
    const auto& info = opcode_table[opcode];
    std::array<ValueId, 8> popped{};
    const auto operands = std::span{popped}.first(info.pops);
    for (auto& operand : operands) operand = pop();

    const auto bottom = line_up(operands, info.pushes > 0);
    emit(run).a = offset_of(bottom + info.pops);
    if (is_metered) ahead_fixups_.push_back({operations_.size() - 1, gas_});
    for (const auto operand : operands) release(operand);
    if (info.pushes > 0) push(make_value_in(bottom));
}

/// Brings the operands, the top of the stack first, into neighbouring slots; returns the lowest
/// slot. It will hold the result, if there is one.
std::int32_t BlockTranslator::line_up(std::span<const ValueId> operands, bool has_result) {
    const auto count = static_cast<std::int32_t>(operands.size());
    const auto slot_of_operand = [&](std::int32_t bottom, std::size_t i) {
        return bottom + count - 1 - static_cast<std::int32_t>(i);
    };
    // Their own positions serve, unless another value lives there.
    auto bottom = height_;
    for (std::size_t i = 0; i < operands.size(); ++i) {
        const auto owner = owners_[index_of(slot_of_operand(height_, i))];
        if (owner != nobody && owner != operands[i]) bottom = above_all_slots();
    }
    if (has_result) {
        const auto owner = owners_[index_of(height_)];
        if (owner != nobody && (count == 0 || values_[owner].uses > 1)) bottom = above_all_slots();
    }

    for (std::size_t i = 0; i < operands.size(); ++i) {
        const auto value = operands[i];
        const auto slot = slot_of_operand(bottom, i);
        if (is_constant(value)) {
            emit(operations::load_constant()).to = offset_of(slot);
            point_to_constant(value);
        } else if (values_[value].slot != slot) {
            auto& copy = emit(operations::copy());
            copy.to = offset_of(slot);
            copy.a = offset_of(values_[value].slot);
        }
    }
    top_slot_ = std::max(top_slot_, bottom + std::max(count, 1));
    return bottom;
}

// The end of a block.

void BlockTranslator::terminate(std::size_t pc) {
    const auto opcode = code_.begin()[pc];
    gas_ += is_defined(opcode, fork_) ? opcode_table[opcode].base_gas : 0;
    if (opcode == OP_STOP) return stop();
    if (opcode == OP_JUMP) return translate_jump();
    if (opcode == OP_JUMPI) return translate_jumpi();
    if (is_defined(opcode, fork_)) {
        translate_in_place(opcode,
                           opcode == OP_SELFDESTRUCT ? operations::selfdestruct()
                                                     : operations::halt_with_output(opcode),
                           false);
    } else {
        emit(operations::fail(Status::invalid_opcode));
    }
    end_block();
}

void BlockTranslator::stop() {
    emit(operations::stop());
    end_block();
}

void BlockTranslator::fall_through() {
    settle(final_moves());
    emit(operations::fall_through()).to = offset_of(height_);
    point_to_next();
    end_block();
}

void BlockTranslator::translate_jump() {
    const auto target = pop();
    if (is_constant(target)) {
        const auto pc = constant_of(target);
        release(target);
        if (!pc.fits_uint64() || !code_.is_jumpdest(pc.low64())) {
            emit(operations::fail(Status::invalid_jump));
        } else {
            settle(final_moves());
            emit(operations::jump()).to = offset_of(height_);
            point_to_jumpdest(pc.low64());
        }
        return end_block();
    }
    const auto moves = final_moves();
    const auto slot = protect(values_[target].slot, moves);
    settle(moves);
    auto& operation = emit(operations::jump_dynamic());
    operation.a = offset_of(slot);
    operation.to = offset_of(height_);
    release(target);
    end_block();
}

void BlockTranslator::translate_jumpi() {
    const auto target = pop();
    const auto value = pop();
    materialise(value);
    const bool is_fixed = is_constant(target);
    const auto pc = is_fixed ? constant_of(target) : uint256{};
    const bool is_valid = is_fixed && pc.fits_uint64() && code_.is_jumpdest(pc.low64());

    const auto moves = final_moves();
    auto condition = is_valid ? find_condition(value) : Condition{.value = value};
    if (!survives(condition, moves)) condition = Condition{.value = value};
    drop_last(condition.operations);

    if (condition.comparison.result != nobody) {
        const auto [opcode, result, a, b] = condition.comparison;
        settle(moves);
        using enum OperandKind;
        auto& operation = emit(operations::jump_if_compare(opcode, condition.when,
                                                           is_constant(a) ? constant : slot,
                                                           is_constant(b) ? constant : slot));
        if (is_constant(a))
            point_to_constant(a);
        else
            operation.a = offset_of(values_[a].slot);
        if (is_constant(b))
            point_to_constant(b);
        else
            operation.b = offset_of(values_[b].slot);
        operation.to = offset_of(height_);
        point_to_jumpdest(pc.low64());
    } else {
        const auto slot = protect(values_[condition.value].slot, moves);
        const auto target_slot = is_fixed ? 0 : protect(values_[target].slot, moves);
        settle(moves);
        auto& operation = emit(is_valid   ? operations::jump_if(condition.when)
                               : is_fixed ? operations::jump_if_invalid()
                                          : operations::jump_if_dynamic());
        operation.a = offset_of(slot);
        operation.b = offset_of(target_slot);
        operation.to = offset_of(height_);
        if (is_valid) point_to_jumpdest(pc.low64());
    }
    release(target);
    release(value);
    end_block();
}

/// How to jump on `value` with as few operations as can be: the last ones may be ISZEROs of it, or
/// the comparison that made it, and nobody else may want their results.
BlockTranslator::Condition BlockTranslator::find_condition(ValueId value) const {
    Condition condition{.value = value};
    bool is_wanted = values_[value].uses > 1;
    while (!is_wanted && condition.operations < origins_.size()) {
        const auto& origin = origins_[origins_.size() - 1 - condition.operations];
        if (origin.result != condition.value) break;
        if (origin.opcode == OP_ISZERO) {
            condition.value = origin.a;
            condition.when = !condition.when;
            ++condition.operations;
            is_wanted = values_[origin.a].uses > 0;
            continue;
        }
        using enum OperandKind;
        if (operations::jump_if_compare(origin.opcode, true, slot, slot) != nullptr) {
            condition.comparison = origin;
            ++condition.operations;
        }
        break;
    }
    return condition;
}

/// Whether the operands of the condition are still there after the moves.
bool BlockTranslator::survives(const Condition& condition, const Moves& moves) const {
    const auto is_overwritten = [&](ValueId value) {
        return !is_constant(value) && std::ranges::any_of(moves, [&](const Move& move) {
            return move.to == values_[value].slot;
        });
    };
    if (condition.comparison.result == nobody) return !is_overwritten(condition.value);
    return !is_overwritten(condition.comparison.a) && !is_overwritten(condition.comparison.b);
}

void BlockTranslator::drop_last(std::size_t operations) {
    operations_.resize(operations_.size() - operations);
    origins_.resize(origins_.size() - operations);
    while (!constant_fixups_.empty() && constant_fixups_.back().operation >= operations_.size())
        constant_fixups_.pop_back();
}

BlockTranslator::Moves BlockTranslator::final_moves() const {
    Moves moves;
    for (auto position = lowest_; position < height_; ++position) {
        const auto value = stack_[index_of(position)];
        if (values_[value].is_constant || values_[value].slot != position)
            moves.push_back({position, value});
    }
    return moves;
}

/// Makes all moves as if at once.
void BlockTranslator::settle(const Moves& moves) {
    for (std::uint32_t i = 0; i < moves.size(); ++i) {
        if (is_constant(moves[i].value)) continue;
        ++readers_[index_of(values_[moves[i].value].slot)];
        writer_[index_of(moves[i].to)] = i;
    }
    const auto is_written = [&](std::int32_t slot) { return writer_[index_of(slot)] != no_move; };
    // First those that overwrite nothing still to be read, and then what they set free.
    for (const auto& first : moves) {
        auto to = first.to;
        while (is_written(to) && readers_[index_of(to)] == 0) {
            const auto from = values_[moves[writer_[index_of(to)]].value].slot;
            emit_copy(to, from);
            writer_[index_of(to)] = no_move;
            --readers_[index_of(from)];
            to = from;
        }
    }
    for (const auto& first : moves)
        if (is_written(first.to)) emit_cycle(moves, first.to);
    for (const auto& move : moves) {
        if (!is_constant(move.value)) continue;
        emit(operations::load_constant()).to = offset_of(move.to);
        point_to_constant(move.value);
    }
}

/// Moves that form a circle: each exchange puts one value in its place, the last one two.
void BlockTranslator::emit_cycle(const Moves& moves, std::int32_t start) {
    for (auto to = start;;) {
        auto& writer = writer_[index_of(to)];
        const auto from = values_[moves[writer].value].slot;
        writer = no_move;
        readers_[index_of(from)] = 0;
        if (from == start) return;
        auto& exchange = emit(operations::exchange());
        exchange.a = offset_of(to);
        exchange.b = offset_of(from);
        to = from;
    }
}

void BlockTranslator::emit_copy(std::int32_t to, std::int32_t from) {
    auto& last = operations_.back();
    if (last.run == operations::copy()) {
        last.run = operations::copy_two();
        last.b = offset_of(from);
        last.c = offset_of(to);
        return;
    }
    auto& copy = emit(operations::copy());
    copy.to = offset_of(to);
    copy.a = offset_of(from);
}

/// A slot with the same value that the moves leave alone.
std::int32_t BlockTranslator::protect(std::int32_t slot, const Moves& moves) {
    if (std::ranges::none_of(moves, [&](const Move& move) { return move.to == slot; })) return slot;
    const auto safe = above_all_slots();
    make_value_in(safe);
    emit_copy(safe, slot);
    return safe;
}

void BlockTranslator::end_block() {
    auto& first = operations_[first_operation_];
    const auto least = -lowest_ * slot_size;
    const auto most = static_cast<std::int32_t>(stack_limit) * slot_size - highest_ * slot_size;
    first.block.gas = static_cast<std::uint32_t>(gas_);
    if (most >= least) {
        first.block.stack_bytes = static_cast<std::uint32_t>(least);
        first.block.stack_span = static_cast<std::uint32_t>(most - least);
    } else {
        first.block.stack_bytes = ~std::uint32_t{0};  // no stack will do
    }
    for (const auto& [operation, skipped] : entrances_) {
        operations_[operation].block = first.block;
        operations_[operation].block.gas += skipped * opcode_table[OP_JUMPDEST].base_gas;
        operation_fixups_.push_back({operation + 1, first_operation_ + 1});
    }
    entrances_.clear();
    for (const auto& [operation, charged] : ahead_fixups_)
        operations_[operation].ahead = gas_ - charged;
    std::fill(owners_.begin() + static_cast<std::ptrdiff_t>(index_of(lowest_)),
              owners_.begin() + static_cast<std::ptrdiff_t>(index_of(top_slot_)), nobody);
}

// Operations.

Operation& BlockTranslator::emit(Operator run) {
    META138_ASSERT(run != nullptr);
    operations_.emplace_back().run = run;
    origins_.emplace_back();
    return operations_.back();
}

void BlockTranslator::point_to_constant(ValueId value) {
    constant_fixups_.push_back({operations_.size() - 1, values_[value].constant});
}

void BlockTranslator::point_to_jumpdest(std::uint64_t pc) {
    jumpdest_fixups_.push_back({operations_.size() - 1, pc});
}

void BlockTranslator::point_to_next() {
    operation_fixups_.push_back({operations_.size() - 1, operations_.size()});
}

void BlockTranslator::finish(std::vector<Operation>& operations, std::vector<uint256>& constants,
                             std::span<const std::uint32_t> jumpdest_operations) {
    operations = std::move(operations_);
    operations.shrink_to_fit();
    constants = std::move(constants_);
    constants.shrink_to_fit();
    for (const auto& [operation, index] : constant_fixups_)
        operations[operation].constant = &constants[index];
    for (const auto& [operation, pc] : jumpdest_fixups_)
        operations[operation].target = &operations[jumpdest_operations[code_.jumpdests_before(pc)]];
    for (const auto& [operation, index] : operation_fixups_)
        operations[operation].target = &operations[index];
}

}  // namespace meta138::evm
