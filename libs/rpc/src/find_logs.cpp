// SPDX-License-Identifier: Apache-2.0
#include "find_logs.hpp"

#include "find_block.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string_view>

namespace meta138::rpc {

namespace {

/// The one shape of "too wide": Besu's code and text, and what would have been allowed.
RpcError too_wide(const BlockRange& range, std::uint64_t max_range) {
    return {error::exceeds_rpc_max_block_range.code,
            std::string{error::exceeds_rpc_max_block_range.message},
            fmt::format(R"({{"maxRange":{},"fromBlock":"{:#x}","toBlock":"{:#x}"}})", max_range,
                        range.from, range.from + max_range)};
}

/// More logs than one answer may have: says which blocks would fit.
RpcError too_many(const BlockRange& range, std::uint64_t last_whole_block, std::size_t max) {
    return {error::exceeds_rpc_max_block_range.code,
            fmt::format("Query exceeds {} logs: use a smaller range", max),
            fmt::format(R"({{"maxResults":{},"fromBlock":"{:#x}","toBlock":"{:#x}"}})", max,
                        range.from, last_whole_block)};
}

class LogSearch {
public:
    LogSearch(const Request& request, LogCache& cache, const LogFilter& filter, json::Writer& out)
        : request_{request}, cache_{cache}, filter_{filter}, out_{out} {}

    /// False: there would be more than allowed.
    bool write_block(std::uint64_t number) {
        const auto logs = find_block_logs(number);
        if (!logs) return true;
        const auto max = request_.settings.max_logs_results;
        for (const auto& entry : logs->entries) {
            if (!filter_.matches(entry.log)) continue;
            if (++found_ > max && max != 0) return false;
            out_.raw(std::string_view{logs->text}.substr(entry.begin, entry.end - entry.begin));
        }
        return true;
    }

private:
    /// Null: none of them can match.
    [[nodiscard]] LogCache::Value find_block_logs(std::uint64_t number) {
        const auto& blocks = request_.view->blocks();
        if (const auto hash = blocks.block_hash(number))
            if (auto known = cache_.find(*hash)) return known;
        const auto header = blocks.header(number);
        if (!header || !filter_.may_match(header->header.bloom)) return nullptr;
        auto logs = std::make_shared<const BlockLogs>(read_block_logs(*request_.view, *header));
        cache_.put(header->hash, logs, logs->bytes());
        return logs;
    }

    const Request& request_;
    LogCache& cache_;
    const LogFilter& filter_;
    json::Writer& out_;
    std::size_t found_ = 0;
};

}  // namespace

RpcResult<BlockRange> find_range(const Request& request, const LogFilter& filter) {
    const auto find_end =
        [&](const BlockNumberParameter& end) -> RpcResult<std::optional<std::uint64_t>> {
        const auto found = find_block(request, end);
        if (!found) return fail(error::invalid_params);  // Besu: safe and finalized, if not known
        return *found;
    };
    TRY_LET(const auto from, find_end(filter.from));
    TRY_LET(const auto to, find_end(filter.to));
    if (!from || !to || *from > *to) return fail(error::invalid_params);
    const BlockRange range{*from, *to};
    const auto max_range = request.settings.max_logs_range;
    if (max_range != 0 && range.to - range.from > max_range)
        return std::unexpected{too_wide(range, max_range)};
    return range;
}

RpcResult<void> write_logs(const Request& request, LogCache& cache, const LogFilter& filter,
                           const BlockRange& range, json::Writer& out) {
    LogSearch search{request, cache, filter, out};
    RpcResult<void> result;
    constexpr std::uint64_t cancel_check_interval = 16;
    std::uint64_t blocks = 0;
    request.view->blocks().find_log_blocks(
        filter.query(range.from, range.to), [&](std::uint64_t number) {
            if (++blocks % cancel_check_interval == 0 && request.is_cancelled()) {
                result = fail(error::timeout);
                return false;
            }
            if (!search.write_block(number)) {
                const auto last_whole_block = number > range.from ? number - 1 : range.from;
                result = std::unexpected{
                    too_many(range, last_whole_block, request.settings.max_logs_results)};
                return false;
            }
            return true;
        });
    return result;
}

RpcResult<void> get_logs(const Request& request, LogCache& cache, const LogFilter& filter,
                         json::Writer& out) {
    BlockRange range;
    if (filter.block_hash) {
        const auto number = request.view->blocks().block_number(*filter.block_hash);
        if (!number) return fail(error::block_not_found);
        range = {*number, *number};
    } else {
        TRY_LET(range, find_range(request, filter));
    }
    TRY(require_body(request, range.from));
    out.open_array();
    TRY(write_logs(request, cache, filter, range, out));
    out.close_array();
    return {};
}

}  // namespace meta138::rpc
