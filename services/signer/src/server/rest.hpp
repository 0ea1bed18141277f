// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/reloader.hpp"
#include "signing_gate.hpp"

#include "meta138/http/message.hpp"

#include <optional>
#include <string_view>

namespace meta138::signer {

/// Web3Signer's REST routes. Any thread.
class Rest {
public:
    struct Parts {
        const KeyStore& keys;
        SigningGate& gate;
        Reloader& reloader;
        SignerMetrics& metrics;
        bool has_bulk_keys = false;
    };
    explicit Rest(Parts parts) : parts_{std::move(parts)} {}

    [[nodiscard]] static bool has(const http::Request& request) noexcept;

    /// Answers now, or when the signature is made.
    void answer(const http::Request& request, http::Responder responder);

private:
    [[nodiscard]] http::Response health() const;
    [[nodiscard]] http::Response public_keys() const;
    [[nodiscard]] http::Response reload_status() const;
    http::Response start_reload();
    void sign(const http::Request& request, std::string_view identifier, http::Responder responder);

    Parts parts_;
};

}  // namespace meta138::signer
