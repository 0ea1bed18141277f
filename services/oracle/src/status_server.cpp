// SPDX-License-Identifier: Apache-2.0
#include "status_server.hpp"

#include "meta138/oracle/status.hpp"

#include <utility>

namespace meta138::oracle {

void StatusHandler::on_request(const http::Request& request, http::Responder responder) {
    http::Response response;
    if (request.method != "GET" && request.method != "HEAD") {
        response.status = 405;
    } else if (const auto path = request.path(); path == "/metrics") {
        response.content_type = telemetry::Metrics::text_content_type;
        response.body = metrics_.expose();
    } else if (path == "/health" || path == "/healthcheck") {
        const auto status = publisher_.status();
        response.status = status->is_healthy() ? 200 : 503;
        response.body = health_json(*status);
    } else if (path == "/status") {
        response.body = status_json(*publisher_.status());
    } else if (path == "/livez" || path == "/upcheck") {
        response.content_type = "text/plain";
        response.body = "OK";
    } else {
        response.status = 404;
        response.content_type = "text/plain";
        response.body = "There are /status, /health, /livez and /metrics.\n";
    }
    std::move(responder).respond(std::move(response));
}

}  // namespace meta138::oracle
