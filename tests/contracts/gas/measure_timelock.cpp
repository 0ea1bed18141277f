// SPDX-License-Identifier: Apache-2.0
#include "feed_under_test.hpp"
#include "gas_table.hpp"

#include "meta138/contracts/artifact.hpp"
#include "meta138/crypto/keccak.hpp"

namespace meta138::contracts {

namespace {

constexpr std::uint64_t delay = 3'600;
constexpr std::string_view schedule = "schedule(address,uint256,bytes,bytes32,bytes32,uint256)";
constexpr std::string_view execute = "execute(address,uint256,bytes,bytes32,bytes32)";
constexpr std::string_view schedule_batch =
    "scheduleBatch(address[],uint256[],bytes[],bytes32,bytes32,uint256)";
constexpr std::string_view execute_batch =
    "executeBatch(address[],uint256[],bytes[],bytes32,bytes32)";

std::vector<AbiValue> operation(const Address& target, const Bytes& data) {
    return {abi(target), abi(0), abi(data), abi(Hash32{}), abi(Hash32{})};
}

std::vector<AbiValue> batch(const Address& target, const Bytes& data) {
    return {abi(std::vector<AbiValue>{abi(target)}), abi(std::vector<AbiValue>{abi(0)}),
            abi(std::vector<AbiValue>{abi(data)}), abi(Hash32{}), abi(Hash32{})};
}

std::vector<AbiValue> with(std::vector<AbiValue> values, const AbiValue& last) {
    values.push_back(last);
    return values;
}

void measure_reads(GasSection& section, const Hash32& operation_id, const Hash32& proposer) {
    for (const auto* signature : {"CANCELLER_ROLE()", "DEFAULT_ADMIN_ROLE()", "EXECUTOR_ROLE()",
                                  "PROPOSER_ROLE()", "getMinDelay()"})
        section.read(signature);
    for (const auto* signature :
         {"getOperationState(bytes32)", "getTimestamp(bytes32)", "isOperation(bytes32)",
          "isOperationDone(bytes32)", "isOperationPending(bytes32)", "isOperationReady(bytes32)"})
        section.read(signature, {abi(operation_id)});
    section.read("getRoleAdmin(bytes32)", {abi(proposer)});
    section.read("hasRole(bytes32,address)", {abi(proposer), abi(account::admin)});
    section.read("supportsInterface(bytes4)", {abi(Bytes{1, 2, 3, 4})});
    section.read("onERC721Received(address,address,uint256,bytes)",
                 {abi(Address{}), abi(Address{}), abi(0), abi(Bytes{})});
    section.read("onERC1155Received(address,address,uint256,uint256,bytes)",
                 {abi(Address{}), abi(Address{}), abi(0), abi(0), abi(Bytes{})});
    section.read("onERC1155BatchReceived(address,address,uint256[],uint256[],bytes)",
                 {abi(Address{}), abi(Address{}), abi(std::vector<AbiValue>{}),
                  abi(std::vector<AbiValue>{}), abi(Bytes{})});
}

}  // namespace

GasSection measure_timelock(Chain& chain) {
    const std::vector<Address> proposers{account::admin};
    const std::vector<Address> anybody{Address{}};
    const auto timelock = chain.deploy(
        account::deployer, timelock_creation_code(delay, proposers, anybody, account::admin));
    const auto feed = deploy_feed(chain, {}, timelock);
    GasSection section{chain, "TimelockController, over a feed", "TimelockController", timelock};
    const GasSection::Sending by_admin{.sender = account::admin, .note = "", .value = {}};
    const GasSection::Sending adds{
        .sender = account::admin, .note = "addTransmitter of a feed", .value = {}};

    const auto add = operation(feed.address, feed::add_transmitter(account::stranger));
    section.send(schedule, with(add, abi(delay)), adds);
    section.read("hashOperation(address,uint256,bytes,bytes32,bytes32)", add);
    const auto id = to_hash32(
        chain
            .call(timelock,
                  Method{"hashOperation(address,uint256,bytes,bytes32,bytes32)"}.encode(add))
            .word());
    chain.pass(delay);
    measure_reads(section, id, crypto::keccak256(as_bytes("PROPOSER_ROLE")));
    section.send(execute, add, {.sender = account::stranger, .note = adds.note, .value = {}});

    const auto remove = batch(feed.address, feed::remove_transmitter(account::stranger));
    section.read("hashOperationBatch(address[],uint256[],bytes[],bytes32,bytes32)", remove);
    section.send(schedule_batch, with(remove, abi(delay)),
                 {.sender = account::admin, .note = "one removeTransmitter", .value = {}});
    chain.pass(delay);
    section.send(execute_batch, remove,
                 {.sender = account::stranger, .note = "one removeTransmitter", .value = {}});

    section.send(schedule, with(operation(feed.address, feed::unpause()), abi(delay)),
                 {.sender = account::admin, .note = "unpause of a feed", .value = {}});
    const auto cancelled = crypto::keccak256(encode_arguments(
        "(address,uint256,bytes,bytes32,bytes32)", operation(feed.address, feed::unpause())));
    section.send("cancel(bytes32)", {abi(cancelled)}, by_admin);
    const auto executor = abi(crypto::keccak256(as_bytes("EXECUTOR_ROLE")));
    section.send("grantRole(bytes32,address)", {executor, abi(account::guardian)}, by_admin);
    section.send("revokeRole(bytes32,address)", {executor, abi(account::guardian)}, by_admin);
    section.send("renounceRole(bytes32,address)", {abi(Hash32{}), abi(account::admin)}, by_admin);
    section.send("updateDelay(uint256)", {abi(1)},
                 {.sender = account::admin,
                  .note = "not by itself, refused",
                  .value = {},
                  .is_refused = true});
    return section;
}

}  // namespace meta138::contracts
