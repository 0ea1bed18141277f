// SPDX-License-Identifier: Apache-2.0
#include "reply.hpp"

#include "envelope.hpp"

#include <fmt/format.h>

namespace meta138::client {
namespace {

CallError no_answer(const http::ClientResponse& response, std::string_view endpoint,
                    std::string_view why) {
    CallError error{.kind = CallErrorKind::malformed,
                    .message = std::string{why},
                    .endpoint = std::string{endpoint},
                    .may_have_arrived = true};
    if (response.status != 200) {
        error.kind = CallErrorKind::http_status;
        error.code = response.status;
        error.message = fmt::format("HTTP status {}", response.status);
    }
    return error;
}

}  // namespace

std::optional<CallError> SingleReply::answer(std::string_view endpoint,
                                             const http::ClientResponse& response,
                                             json::Parser& parser) {
    const auto document = parser.parse(response.body);
    if (!document) return no_answer(response, endpoint, "the answer is no JSON");
    auto envelope = open_envelope(*document, response.body);
    if (!envelope) return no_answer(response, endpoint, "the answer is no JSON-RPC");
    if (envelope->error) {
        envelope->error->endpoint = endpoint;
        done_(std::unexpected{*std::move(envelope->error)});
        return std::nullopt;
    }
    if (envelope->id != 1) return no_answer(response, endpoint, "the answer is to another call");
    envelope->result->endpoint = endpoint;
    done_(*envelope->result);
    return std::nullopt;
}

std::optional<CallError> BatchReply::answer(std::string_view endpoint,
                                            const http::ClientResponse& response,
                                            json::Parser& parser) {
    const auto document = parser.parse(response.body);
    if (!document) return no_answer(response, endpoint, "the answer is no JSON");
    if (!document->is_array()) {
        // A node may refuse a batch as a whole, with one error.
        auto refusal = open_envelope(*document, response.body);
        if (!refusal || !refusal->error)
            return no_answer(response, endpoint, "the answer is no batch");
        refusal->error->endpoint = endpoint;
        done_(std::unexpected{*std::move(refusal->error)});
        return std::nullopt;
    }
    const auto texts = split_array(response.body);
    std::vector<std::optional<BatchResult>> found(size_);
    std::size_t i = 0;
    for (const auto element : document->elements()) {
        auto envelope = open_envelope(element, texts[i++]);
        if (!envelope || !envelope->id || *envelope->id >= size_) continue;
        auto& result = found[*envelope->id];
        if (envelope->error) {
            envelope->error->endpoint = endpoint;
            result = std::unexpected{*std::move(envelope->error)};
        } else {
            result = std::string{envelope->result->text};
        }
    }
    std::vector<BatchResult> results;
    for (auto& result : found)
        results.push_back(result ? *std::move(result)
                                 : std::unexpected{no_answer(
                                       response, endpoint, "the batch's answer lacks this call")});
    done_(std::move(results));
    return std::nullopt;
}

}  // namespace meta138::client
