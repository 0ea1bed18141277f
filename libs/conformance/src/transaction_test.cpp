// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/transaction.hpp"

#include "runners.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/types/intrinsic_gas.hpp"
#include "meta138/types/transaction_signature.hpp"
#include "meta138/types/validate_transaction_form.hpp"

namespace meta138::conformance {

namespace {

// EIP-4844 and EIP-7691: what mainnet allows.
std::uint64_t max_blobs_per_block(Fork fork) {
    if (fork < Fork::cancun) return 0;
    return fork < Fork::prague ? 6 : 9;
}

struct Accepted {
    Transaction transaction;
    Address sender;
};

std::expected<Accepted, std::string> accept(ByteView encoded, Fork fork) {
    auto transaction = decode_transaction(encoded);
    if (!transaction) return std::unexpected{to_string(transaction.error())};
    const TransactionRules rules{
        .fork = fork, .chain_id = 1, .max_blobs_per_block = max_blobs_per_block(fork)};
    if (const auto valid = validate_transaction_form(*transaction, rules); !valid)
        return std::unexpected{std::string{exception_name(valid.error())}};
    const auto sender = recover_sender(*transaction, fork);
    if (!sender) return std::unexpected{std::string{exception_name(sender.error())}};
    return Accepted{*std::move(transaction), *sender};
}

Verdict check(const NamedTest& named, ByteView encoded, std::string_view fork_name,
              const JsonNode& expected) {
    const auto fork = find_fork(fork_name);
    if (!fork) return failed("unknown fork {}", fork_name);
    const auto accepted = accept(encoded, *fork);
    if (expected.has("exception")) {
        return accepted
                   ? failed("expected {}, got a valid transaction", expected["exception"].text())
                   : passed();
    }
    const auto hash = expected["hash"].hash();
    const auto sender = expected["sender"].address();
    const auto gas = expected["intrinsicGas"].integer();
    if (const auto fault = named.workspace.document.take_fault())
        return failed("{}", fault->to_string());
    if (!accepted) return failed("expected a valid transaction, got {}", accepted.error());
    if (accepted->sender != sender)
        return failed("expected the sender {}, got {}", to_hex(sender.bytes),
                      to_hex(accepted->sender.bytes));
    if (const auto got = crypto::keccak256(encoded); got != hash)
        return failed("expected the hash {}, got {}", to_hex(hash.bytes), to_hex(got.bytes));
    if (const auto got = intrinsic_gas(accepted->transaction, *fork); got != gas)
        return failed("expected the intrinsic gas {}, got {}", gas, got);
    if (const auto again = encode_transaction(accepted->transaction); !equal(again, encoded))
        return failed("encodes to {} instead of {}", to_hex(again), to_hex(encoded));
    return passed();
}

}  // namespace

void run_transaction_test(const NamedTest& named) {
    constexpr std::string_view kind = "transaction test";
    const auto encoded = named.test["txbytes"].bytes();
    const auto result = named.test["result"];
    if (!result.is_object() || named.workspace.document.failed()) {
        result.fault("should be an object");
        named.sink.add(named.name, "", kind,
                       failed("{}", named.workspace.document.take_fault()->to_string()));
        return;
    }
    for (const auto& [fork, expected] : result.members()) {
        named.sink.run(named.name, fork, kind,
                       [&] { return check(named, encoded, fork, expected); });
    }
}

}  // namespace meta138::conformance
