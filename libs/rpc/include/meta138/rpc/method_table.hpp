// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/codec/json/reader.hpp"
#include "meta138/codec/json/writer.hpp"
#include "meta138/rpc/api_selection.hpp"
#include "meta138/rpc/error.hpp"
#include "meta138/rpc/parameters.hpp"
#include "meta138/rpc/request.hpp"
#include "meta138/rpc/results.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace meta138::telemetry {
class Summary;
}  // namespace meta138::telemetry

namespace meta138::rpc {

/// Where a method runs.
enum class Cost : std::uint8_t {
    cheap,  ///< Microseconds: on the io thread.
    heavy,  ///< Executes, scans or waits: on a thread for requests.
    trace,  ///< Runs blocks again, and may wait for who reads its answer: on a thread for traces.
};

/// A method without its types. Writes exactly one value; what it wrote is dropped on an error.
using AnyMethod =
    std::function<RpcResult<void>(const Request&, json::Value parameters, json::Writer& out)>;

struct Method {
    std::string name;
    Group group{};
    Cost cost{};
    AnyMethod call;  ///< Empty: a name that Besu lists without an implementation.
    /// Registered at the first call; the server's.
    mutable std::atomic<telemetry::Summary*> duration{nullptr};
};

namespace detail {

/// Reads the parameters from left to right; the first that is wrong is the error.
template <typename... P>
RpcResult<std::tuple<P...>> decode_parameters(json::Value parameters) {
    auto elements = parameters.elements();
    auto at = elements.begin();
    const auto end = elements.end();
    RpcError failure;
    bool failed = false;
    const auto next = [&] {
        if (at == end) return json::Value{};
        const auto value = *at;
        ++at;
        return value;
    };
    const auto decode = [&]<typename T>(std::type_identity<T>) -> T {
        if constexpr (std::is_same_v<T, Arguments>) {
            return Arguments{parameters};
        } else {
            if (failed) return T{};
            auto decoded = Parameter<T>::decode(next());
            if (decoded) return *std::move(decoded);
            failure = std::move(decoded).error();
            failed = true;
            return T{};
        }
    };
    std::tuple<P...> result{decode(std::type_identity<P>{})...};  // braces: from left to right
    if (failed) return std::unexpected{std::move(failure)};
    return result;
}

template <typename Function, typename R, typename... P>
AnyMethod erase(Function function, std::type_identity<RpcResult<R>(const Request&, P...)>) {
    return [function = std::move(function)](const Request& request, json::Value parameters,
                                            json::Writer& out) -> RpcResult<void> {
        TRY_LET(auto decoded, decode_parameters<std::remove_cvref_t<P>...>(parameters));
        TRY_LET(const auto result,
                std::apply([&](auto&... values) { return function(request, std::move(values)...); },
                           decoded));
        write_result(out, result);
        return {};
    };
}

template <typename Tuple, typename Sequence>
struct WithoutLast;
template <typename... P, std::size_t... I>
struct WithoutLast<std::tuple<P...>, std::index_sequence<I...>> {
    static auto decode(json::Value parameters) {
        return decode_parameters<std::remove_cvref_t<std::tuple_element_t<I, std::tuple<P...>>>...>(
            parameters);
    }
};

/// The streaming form: the last parameter is a json::Writer&.
template <typename Function, typename... P>
AnyMethod erase(Function function, std::type_identity<RpcResult<void>(const Request&, P...)>) {
    static_assert(sizeof...(P) > 0, "a method without a result writes it: json::Writer& out");
    using Decode = WithoutLast<std::tuple<P...>, std::make_index_sequence<sizeof...(P) - 1>>;
    return [function = std::move(function)](const Request& request, json::Value parameters,
                                            json::Writer& out) -> RpcResult<void> {
        TRY_LET(auto decoded, Decode::decode(parameters));
        return std::apply(
            [&](auto&... values) { return function(request, std::move(values)..., out); }, decoded);
    };
}

template <typename Function>
struct Signature;
template <typename R>
struct Signature<std::function<R>> {
    using type = R;
};

}  // namespace detail

/// The methods that a server knows, by name.
class MethodTable {
public:
    /// A function `RpcResult<R>(const Request&, P...)`: each P is read by Parameter<P>, the result
    /// written by write_result. Or `RpcResult<void>(const Request&, P..., json::Writer& out)`,
    /// which writes its result by itself: for large ones. Replaces one of that name.
    template <typename Function>
    void add(std::string_view name, Group group, Cost cost, Function function) {
        using Type = typename detail::Signature<decltype(std::function{function})>::type;
        add_any(name, group, cost, detail::erase(std::move(function), std::type_identity<Type>{}));
    }
    void add_any(std::string_view name, Group group, Cost cost, AnyMethod method);
    /// A name that answers "Method not enabled".
    void add_unavailable(std::string_view name, Group group);

    [[nodiscard]] const Method* find(std::string_view name) const noexcept;
    /// Of all, sorted.
    [[nodiscard]] std::vector<std::string_view> names() const;

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view name) const noexcept {
            return std::hash<std::string_view>{}(name);
        }
    };
    std::unordered_map<std::string, std::unique_ptr<Method>, Hash, std::equal_to<>> methods_;
};

/// Every method of this library: eth_, net_, web3_, txpool_, admin_, debug_, trace_, miner_, perm_,
/// ots_, rpc_.
[[nodiscard]] MethodTable standard_methods();

}  // namespace meta138::rpc
