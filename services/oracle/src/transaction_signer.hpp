// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/oracle/config.hpp"
#include "meta138/oracle/submitter.hpp"

#include <expected>
#include <functional>
#include <memory>
#include <string>

namespace meta138::oracle {

/// Makes the signed form of a transaction: a remote signer, or a key of this process.
///
/// Only eth_signTransaction is asked of a remote one, not eth_sendTransaction: so the hash is
/// known, and on disk, before anything leaves, and a signed transaction can be sent through any
/// endpoint, again, and without the signer (decision 0019).
class TransactionSigner {
public:
    using Done = std::move_only_function<void(std::expected<Attempt, SigningError>)>;
    /// `found`: the account is there. Otherwise the text says what is wrong.
    using Probed = std::move_only_function<void(std::expected<void, std::string> found)>;

    virtual ~TransactionSigner() = default;
    TransactionSigner() = default;
    TransactionSigner(const TransactionSigner&) = delete;
    TransactionSigner& operator=(const TransactionSigner&) = delete;

    [[nodiscard]] virtual const Address& account() const noexcept = 0;
    /// For people: `signer http://127.0.0.1:9000`, `key file`.
    [[nodiscard]] virtual const std::string& description() const noexcept = 0;

    /// `done` is called once, on any thread. What it is given is checked: it is the transaction
    /// asked for, signed by account().
    virtual void sign(const Sign& request, Done done) = 0;
    /// Whether sign() is likely to work.
    virtual void probe(Probed done) = 0;
};

/// @throws http::ConfigurationError or std::runtime_error for a URL, a TLS file or a key file that
/// cannot be used
[[nodiscard]] std::unique_ptr<TransactionSigner> make_signer(const SignerConfig& config,
                                                             std::uint64_t chain_id);

/// Checks what a signer answered to `request` with.
[[nodiscard]] std::expected<Attempt, SigningError> check_signed(const Bytes& raw,
                                                                const Sign& request,
                                                                std::uint64_t chain_id,
                                                                const Address& account);

}  // namespace meta138::oracle
