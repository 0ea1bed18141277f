// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/types/fork.hpp"

#include <cstdint>

namespace meta138::evm {

// Prices that no fork has changed (Yellow Paper, appendix G).
inline constexpr std::int64_t G_memory = 3;
inline constexpr std::int64_t G_copy = 3;
inline constexpr std::int64_t G_keccak256word = 6;
inline constexpr std::int64_t G_logdata = 8;
inline constexpr std::int64_t G_callvalue = 9000;
inline constexpr std::int64_t G_callstipend = 2300;
inline constexpr std::int64_t G_newaccount = 25000;
inline constexpr std::int64_t G_codedeposit = 200;
inline constexpr std::int64_t INITCODE_WORD_COST = 2;  // EIP-3860

/// How SSTORE is charged: by the change alone, or net of what the transaction did before.
enum class StorageMetering : std::uint8_t {
    by_change,  ///< Yellow Paper: set or reset.
    net,        ///< EIP-1283, and EIP-2200 with its successors.
};

/// The prices that forks have changed. One value a fork; each assignment is an EIP's.
struct GasSchedule {
    std::int64_t sload = 50;
    std::int64_t balance = 20;
    std::int64_t extcodesize = 20;
    std::int64_t extcodecopy = 20;
    std::int64_t extcodehash = 400;
    std::int64_t call = 40;
    std::int64_t selfdestruct = 0;
    std::int64_t exp_byte = 10;
    std::int64_t cold_account_surcharge = 0;  ///< On top of the prices above.
    std::int64_t cold_sload_surcharge = 0;    ///< On top of sload.
    std::int64_t cold_sstore_surcharge = 0;
    std::int64_t cold_selfdestruct_surcharge = 0;

    StorageMetering metering = StorageMetering::by_change;
    std::int64_t sstore_set = 20000;
    std::int64_t sstore_reset = 5000;
    std::int64_t sstore_noop = 0;  ///< Net metering: no change, or a slot changed before.
    std::int64_t sstore_clears_refund = 15000;
    std::int64_t sstore_sentry = -1;  ///< SSTORE fails with no more gas left than this.
    std::int64_t selfdestruct_refund = 24000;

    bool all_but_one_64th = false;                  ///< EIP-150: calls keep a 64th of the gas back.
    bool selfdestruct_charges_new_account = false;  ///< EIP-150.
    bool empty_is_absent = false;                   ///< EIP-161: what counts as a new account.
    bool failed_deposit_halts = false;  ///< EIP-2: else the contract stays without code.
    bool initcode_is_metered = false;   ///< EIP-3860.
    bool rejects_ef_prefix = false;     ///< EIP-3541.
    bool limits_code_size = false;      ///< EIP-170.
};

constexpr GasSchedule make_gas_schedule(Fork fork) {
    GasSchedule s;
    if (fork >= Fork::homestead) s.failed_deposit_halts = true;  // EIP-2
    if (fork >= Fork::tangerine_whistle) {                       // EIP-150
        s.sload = 200;
        s.balance = 400;
        s.extcodesize = 700;
        s.extcodecopy = 700;
        s.call = 700;
        s.selfdestruct = 5000;
        s.all_but_one_64th = true;
        s.selfdestruct_charges_new_account = true;
    }
    if (fork >= Fork::spurious_dragon) {
        s.exp_byte = 50;            // EIP-160
        s.empty_is_absent = true;   // EIP-161
        s.limits_code_size = true;  // EIP-170
    }
    if (fork == Fork::constantinople) {  // EIP-1283, taken back by Petersburg (EIP-1716)
        s.metering = StorageMetering::net;
        s.sstore_noop = 200;
    }
    if (fork >= Fork::istanbul) {
        s.sload = 800;  // EIP-1884
        s.balance = 700;
        s.extcodehash = 700;
        s.metering = StorageMetering::net;  // EIP-2200
        s.sstore_noop = 800;
        s.sstore_sentry = G_callstipend;
    }
    if (fork >= Fork::berlin) {  // EIP-2929
        constexpr std::int64_t COLD_SLOAD_COST = 2100;
        constexpr std::int64_t COLD_ACCOUNT_ACCESS_COST = 2600;
        constexpr std::int64_t warm_read = 100;
        s.sload = s.balance = s.extcodesize = s.extcodecopy = s.extcodehash = s.call = warm_read;
        s.sstore_noop = warm_read;
        s.sstore_reset = 5000 - COLD_SLOAD_COST;
        s.cold_account_surcharge = COLD_ACCOUNT_ACCESS_COST - warm_read;
        s.cold_sload_surcharge = COLD_SLOAD_COST - warm_read;
        s.cold_sstore_surcharge = COLD_SLOAD_COST;
        s.cold_selfdestruct_surcharge = COLD_ACCOUNT_ACCESS_COST;
    }
    if (fork >= Fork::london) {
        constexpr std::int64_t ACCESS_LIST_STORAGE_KEY_COST = 1900;
        s.sstore_clears_refund = s.sstore_reset + ACCESS_LIST_STORAGE_KEY_COST;  // EIP-3529
        s.selfdestruct_refund = 0;                                               // EIP-3529
        s.rejects_ef_prefix = true;                                              // EIP-3541
    }
    if (fork >= Fork::shanghai) s.initcode_is_metered = true;  // EIP-3860
    return s;
}

}  // namespace meta138::evm
