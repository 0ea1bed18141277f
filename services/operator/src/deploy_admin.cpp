// SPDX-License-Identifier: Apache-2.0
#include "deploy_run.hpp"
#include "deploy_units.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/contracts/abi.hpp"
#include "meta138/crypto/keccak.hpp"

#include <fmt/format.h>

#include <limits>
#include <utility>

namespace meta138::op {

namespace {

using contracts::abi::Arguments;
using contracts::abi::Results;

// An operation of OpenZeppelin's TimelockController, known by the hash of all its parts.
struct Operation {
    Address target;
    Bytes data;
    std::uint64_t salt = 0;

    [[nodiscard]] Arguments arguments() const {
        Arguments arguments;
        // target, value, data, predecessor, salt
        arguments.address(target).integer(0).bytes(data).fixed({}).fixed(to_hash32(salt));
        return arguments;
    }
    [[nodiscard]] Hash32 id() const { return crypto::keccak256(arguments().encode()); }
    [[nodiscard]] Bytes schedule(const uint256& delay) const {
        return arguments().integer(delay).call(
            std::string_view{"schedule(address,uint256,bytes,bytes32,bytes32,uint256)"});
    }
    [[nodiscard]] Bytes execute() const {
        return arguments().call(std::string_view{"execute(address,uint256,bytes,bytes32,bytes32)"});
    }
};

// TimelockController.getTimestamp: when an operation may be executed, or one of these.
constexpr std::uint64_t never_scheduled = 0;
constexpr std::uint64_t done = 1;
constexpr std::uint64_t max_repetitions = 1'000;

}  // namespace

DeployAnswer<Address> Deployment::admin_of(const Address& contract) {
    TRY_LET(const auto answer,
            ask(contract, Arguments{}.call(std::string_view{"admin()"}), "admin"));
    return Results{answer}.address();
}

Deployment::Done Deployment::request(const AdminCall& call) {
    if (call.admin == target_.sender()) {
        works_.push_back({.step = {.action = DeployAction::configured,
                                   .subject = call.subject,
                                   .detail = call.detail,
                                   .address = call.contract,
                                   .transaction_hash = {},
                                   .gas_used = 0},
                          .call = {.to = call.contract, .data = call.data, .value = {}},
                          .record = {}});
        return {};
    }
    if (timelock_ && call.admin == *timelock_) return request_of_timelock(call);
    waiting(call.subject,
            fmt::format("{}: its admin {} has to call it with {}", call.detail,
                        to_hex(call.admin.bytes), to_hex(call.data)),
            call.contract);
    return {};
}

Deployment::Done Deployment::request_of_timelock(const AdminCall& call) {
    // The same change may have been made and undone before: then it is another operation.
    Operation operation{.target = call.contract, .data = call.data};
    std::uint64_t ready_at = done;
    for (; operation.salt < max_repetitions; ++operation.salt) {
        const auto question =
            Arguments{}.fixed(operation.id()).call(std::string_view{"getTimestamp(bytes32)"});
        TRY_LET(const auto answer, ask(*timelock_, question, "getTimestamp"));
        const auto timestamp = Results{answer}.integer();
        ready_at =
            timestamp.fits_uint64() ? timestamp.low64() : std::numeric_limits<std::uint64_t>::max();
        if (ready_at != done) break;
    }
    if (ready_at != never_scheduled && ready_at > now_) {
        waiting(call.subject,
                fmt::format("{}: the timelock allows it in {}; run this again then", call.detail,
                            format_duration(std::chrono::seconds{ready_at - now_})),
                call.contract);
        if (!next_ready_ || ready_at < *next_ready_) next_ready_ = ready_at;
        return {};
    }
    Work work{.step = {.action = DeployAction::configured,
                       .subject = call.subject,
                       .detail = call.detail,
                       .address = call.contract,
                       .transaction_hash = {},
                       .gas_used = 0},
              .call = {.to = *timelock_, .data = {}, .value = {}},
              .record = {}};
    if (ready_at == never_scheduled) {
        TRY_LET(
            const auto answer,
            ask(*timelock_, Arguments{}.call(std::string_view{"getMinDelay()"}), "getMinDelay"));
        work.call.data = operation.schedule(Results{answer}.integer());
        work.step.detail += " (asked of the timelock)";
    } else {
        work.call.data = operation.execute();
        work.step.detail += " (by the timelock)";
    }
    works_.push_back(std::move(work));
    return {};
}

Deployment::Done Deployment::hand_over(const std::string& subject, const Address& contract) {
    TRY_LET(const auto admin, admin_of(contract));
    if (admin == *timelock_) return {};
    TRY_LET(const auto answer,
            ask(contract, Arguments{}.call(std::string_view{"pendingAdmin()"}), "pendingAdmin"));
    if (Results{answer}.address() == *timelock_)
        return request({.subject = subject,
                        .detail = "the timelock takes it over",
                        .contract = contract,
                        .admin = *timelock_,
                        .data = Arguments{}.call(std::string_view{"acceptAdmin()"})});
    return request(
        {.subject = subject,
         .detail = "offer it to the timelock",
         .contract = contract,
         .admin = admin,
         .data = Arguments{}.address(*timelock_).call(std::string_view{"transferAdmin(address)"})});
}

}  // namespace meta138::op
