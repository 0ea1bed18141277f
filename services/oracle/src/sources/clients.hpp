// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/http/client.hpp"
#include "meta138/oracle/config.hpp"

#include <map>
#include <memory>
#include <tuple>

namespace meta138::oracle {

/// The HTTP clients of a process: one for each set of certificates.
class Clients {
public:
    /// Made at the first call. @throws http::ConfigurationError
    [[nodiscard]] http::Client& for_tls(const TlsConfig& tls);
    /// Ends all of them.
    void clear() { clients_.clear(); }

private:
    std::map<std::tuple<std::string, std::string, std::string>, std::unique_ptr<http::Client>>
        clients_;
};

}  // namespace meta138::oracle
