// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/client/chain.hpp"
#include "meta138/codec/json/reader.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::client {

/// Whom a call's answer is for, and what counts as one. On the io thread.
class Reply {
public:
    virtual ~Reply() = default;
    Reply() = default;
    Reply(const Reply&) = delete;
    Reply& operator=(const Reply&) = delete;

    /// Hands an answer on; or tells why it is none, so that another endpoint may be asked.
    [[nodiscard]] virtual std::optional<CallError> answer(std::string_view endpoint,
                                                          const http::ClientResponse& response,
                                                          json::Parser& parser) = 0;
    /// No endpoint has answered.
    virtual void fail(CallError error) = 0;
};

/// The answer to one call, id 1.
class SingleReply final : public Reply {
public:
    using Callback = std::move_only_function<void(Result<RawResult>)>;
    explicit SingleReply(Callback done) : done_{std::move(done)} {}

    std::optional<CallError> answer(std::string_view endpoint, const http::ClientResponse& response,
                                    json::Parser& parser) override;
    void fail(CallError error) override { done_(std::unexpected{std::move(error)}); }

private:
    Callback done_;
};

/// The answers to a batch, ids 0 to `size` - 1, in whatever order.
class BatchReply final : public Reply {
public:
    using Callback = std::move_only_function<void(Result<std::vector<BatchResult>>)>;
    BatchReply(std::size_t size, Callback done) : size_{size}, done_{std::move(done)} {}

    std::optional<CallError> answer(std::string_view endpoint, const http::ClientResponse& response,
                                    json::Parser& parser) override;
    void fail(CallError error) override { done_(std::unexpected{std::move(error)}); }

private:
    std::size_t size_;
    Callback done_;
};

}  // namespace meta138::client
