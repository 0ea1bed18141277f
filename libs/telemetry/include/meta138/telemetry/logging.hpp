// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/core.h>

#include <atomic>
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace meta138::telemetry {

/// Besu's levels (log4j): a logger writes what is at or above its own in urgency. `fatal` is
/// written as ERROR.
enum class Level : std::uint8_t { off, fatal, error, warn, info, debug, trace, all };

/// `OFF`, `FATAL`, ... `ALL`, in any letter case.
[[nodiscard]] std::optional<Level> parse_level(std::string_view name) noexcept;
[[nodiscard]] std::string_view to_string(Level level) noexcept;

/// A key and a value beside a message: `node`, `number`, `round`, `peer`, `request_id`. Refers to
/// its text, so it lives as long as the call.
struct Field {
    using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;
    std::string_view key;
    Value value;

    Field(std::string_view field_key, std::string_view text) : key{field_key}, value{text} {}
    Field(std::string_view field_key, const char* text)
        : key{field_key}, value{std::string_view{text}} {}
    Field(std::string_view field_key, const std::string& text)
        : key{field_key}, value{std::string_view{text}} {}
    Field(std::string_view field_key, bool flag) : key{field_key}, value{flag} {}
    Field(std::string_view field_key, double number) : key{field_key}, value{number} {}
    template <std::signed_integral T>
    Field(std::string_view field_key, T number)
        : key{field_key}, value{static_cast<std::int64_t>(number)} {}
    template <std::unsigned_integral T>
        requires(!std::same_as<T, bool>)
    Field(std::string_view field_key, T number)
        : key{field_key}, value{static_cast<std::uint64_t>(number)} {}
};
using Fields = std::initializer_list<Field>;

class Log;

/// Where one class writes to. A small value: pass it down and keep copies. Any thread may use it.
///
/// ```
/// log.info("Imported block #{} ({})", number, hash);
/// log.warn({{"peer", peer}, {"number", number}}, "Peer sent an unknown block");
/// ```
/// When the level is off a call costs one relaxed load; its arguments are not formatted.
class Logger {
public:
    /// Writes nothing: for tests and for parts that nobody listens to.
    Logger() = default;

    /// A logger of the same log with another name: `<library>.<Class>`, of which the line shows the
    /// class. Takes a lock: once a class, not once a call.
    [[nodiscard]] Logger named(std::string_view name) const;

    /// A logger that adds this field to all it writes.
    [[nodiscard]] Logger with(const Field& field) const;

    [[nodiscard]] bool enabled(Level level) const noexcept {
        return threshold_ && level <= threshold_->load(std::memory_order_relaxed);
    }

    template <class... Args>
    void log(Level level, Fields fields, fmt::format_string<Args...> format, Args&&... args) const {
        if (enabled(level)) write(level, fields, format, fmt::make_format_args(args...));
    }

#define META138_LOG_LEVEL(name)                                                                   \
    template <class... Args>                                                                      \
    void name(fmt::format_string<Args...> format, Args&&... args) const {                         \
        if (enabled(Level::name)) write(Level::name, {}, format, fmt::make_format_args(args...)); \
    }                                                                                             \
    template <class... Args>                                                                      \
    void name(Fields fields, fmt::format_string<Args...> format, Args&&... args) const {          \
        if (enabled(Level::name))                                                                 \
            write(Level::name, fields, format, fmt::make_format_args(args...));                   \
    }
    META138_LOG_LEVEL(fatal)
    META138_LOG_LEVEL(error)
    META138_LOG_LEVEL(warn)
    META138_LOG_LEVEL(info)
    META138_LOG_LEVEL(debug)
    META138_LOG_LEVEL(trace)
#undef META138_LOG_LEVEL

private:
    friend class Log;
    Logger(std::shared_ptr<Log> log, std::string_view name);

    void write(Level level, Fields fields, fmt::string_view format, fmt::format_args args) const;

    std::shared_ptr<Log> log_;
    std::shared_ptr<const std::string> name_;
    const std::atomic<Level>* threshold_ = nullptr;   // in *log_
    std::shared_ptr<const std::string> bound_human_;  // the fields of with(), formatted
    std::shared_ptr<const std::string> bound_json_;
};

enum class LogFormat : std::uint8_t {
    human,  ///< `2026-03-29 03:57:50.123+0000 | <thread> | INFO  | <class> | <message>`, Besu's
    json,   ///< one object a line: timestamp, level, thread, class, message, and the fields
};

enum class Colour : std::uint8_t { automatic, always, never };

struct LogOptions {
    Level level = Level::info;
    LogFormat format = LogFormat::human;
    /// Automatic: on a terminal, unless NO_COLOR is set.
    Colour colour = Colour::automatic;
    /// Fields of every JSON line, such as {"node", "validator-1"}.
    std::vector<std::pair<std::string, std::string>> fields = {};
    /// What may wait for a slow reader of standard output. Lines beyond it are dropped and counted:
    /// a reader that stalls must not stall block import.
    std::size_t queue_bytes = 8 * 1024 * 1024;
    /// Where lines (each with its newline) go in place of standard output: a test's string. Called
    /// within the logging call, by one thread at a time.
    std::function<void(std::string_view line)> output = {};
};

/// The log of a process (or of a node among several in one process).
class Log : public std::enable_shared_from_this<Log> {
public:
    [[nodiscard]] static std::shared_ptr<Log> open(LogOptions options);
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    [[nodiscard]] Logger logger(std::string_view name);

    /// Sets the level of every logger.
    void set_level(Level level);

    /// Sets the level of the loggers that `name` means: a logger's whole name, its library or its
    /// class, also as the last part of a Java package or class name (admin_changeLogLevel):
    /// `org.hyperledger.besu.consensus.qbft` means all of `qbft`. Loggers made later obey as well.
    void set_level(std::string_view name, Level level);

    [[nodiscard]] Level level() const;

    /// Lines dropped because their reader was too slow.
    [[nodiscard]] std::uint64_t dropped() const noexcept;

    /// Waits until all lines so far are written.
    void flush();

private:
    friend class Logger;
    struct State;
    explicit Log(LogOptions options);

    std::unique_ptr<State> state_;
};

/// Names the calling thread, as log lines and debuggers show it. At most 15 characters count.
void set_thread_name(std::string_view name);

}  // namespace meta138::telemetry
