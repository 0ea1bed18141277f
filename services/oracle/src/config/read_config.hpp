// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/section.hpp"

#include "meta138/oracle/config.hpp"

namespace meta138::oracle {

/// ca_file, certificate_file and client_key_file of a section.
void read_tls(Section& section, TlsConfig& tls);
/// An error unless it is a URL of one of two schemes.
void require_url(const Section& section, std::string_view key, const std::string& url,
                 bool websocket);

/// All `[[source]]`.
void read_sources(Section& root, Config& config);
/// All `[[feed]]`, after the sources; adds the tickers.
void read_feeds(Section& root, Config& config);

}  // namespace meta138::oracle
