// SPDX-License-Identifier: Apache-2.0
#include "sources/clients.hpp"

namespace meta138::oracle {

http::Client& Clients::for_tls(const TlsConfig& tls) {
    auto& client = clients_[std::tuple{tls.ca_file.string(), tls.certificate_file.string(),
                                       tls.key_file.string()}];
    if (!client) {
        http::ClientOptions options;
        options.user_agent = "meta138-oracle";
        options.tls.system_authorities = tls.ca_file.empty();
        options.tls.authorities_file = tls.ca_file.string();
        options.tls.certificate_file = tls.certificate_file.string();
        options.tls.key_file = tls.key_file.string();
        client = std::make_unique<http::Client>(std::move(options));
    }
    return *client;
}

}  // namespace meta138::oracle
