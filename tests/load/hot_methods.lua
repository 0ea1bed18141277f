-- wrk -t2 -c64 -d10s -s tests/load/hot_methods.lua http://127.0.0.1:8545 -- METHOD [PARAMS]
-- One hot method again and again: METHOD is a name, PARAMS the JSON between the brackets.
-- `meta138 load rpc` finds blocks and transactions by itself; this is the second opinion.
function init(arguments)
    local method = arguments[1] or "eth_blockNumber"
    local params = arguments[2] or ""
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/json"
    wrk.body = '{"jsonrpc":"2.0","id":1,"method":"' .. method .. '","params":[' .. params .. ']}'
end

function response(status, _, body)
    if status ~= 200 or body:find('"error"', 1, true) then
        wrk.thread:stop()
        error("an answer with an error: " .. body)
    end
end
