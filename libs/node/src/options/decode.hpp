// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "options/settings.hpp"

namespace meta138::node {

// From the text of options to what they mean. Throw OptionError.

std::vector<std::string> decode_apis(const Settings& settings, std::string_view name);
RpcHttpOptions decode_http(const Settings& settings);
RpcWebSocketOptions decode_websocket(const Settings& settings);
EngineOptions decode_engine(const Settings& settings, const std::filesystem::path& data_path);
RpcLimits decode_limits(const Settings& settings);
MetricsOptions decode_metrics(const Settings& settings);
BlockProductionOptions decode_production(const Settings& settings);
PoolOptions decode_pool(const Settings& settings, const BlockProductionOptions& production,
                        std::vector<std::string>& warnings);
StorageOptions decode_storage(const Settings& settings, bool dev);
PeerOptions decode_peers(const Settings& settings, const std::filesystem::path& data_path, bool dev,
                         std::vector<std::string>& warnings);
QbftOptions decode_qbft(const Settings& settings);

}  // namespace meta138::node
