// SPDX-License-Identifier: Apache-2.0
#include "meta138/telemetry/logging.hpp"

#include "log_line.hpp"
#include "log_writer.hpp"

#include "meta138/base/process.hpp"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>

namespace meta138::telemetry {
namespace {

constexpr std::array<std::string_view, 8> level_names = {"OFF",  "FATAL", "ERROR", "WARN",
                                                         "INFO", "DEBUG", "TRACE", "ALL"};

char to_upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

bool wants_colours(Colour colour) {
    switch (colour) {
        case Colour::always: return true;
        case Colour::never: return false;
        case Colour::automatic: return may_colour(STDOUT_FILENO);
    }
    return false;
}

std::string_view thread_name() {
    static thread_local std::array<char, 16> name{};
    if (!name[0]) ::pthread_getname_np(::pthread_self(), name.data(), name.size());
    return name.data();
}

/// Besu's loggers are Java classes; what its last part names is what the operator means.
bool means(std::string_view rule, std::string_view logger) {
    if (rule.empty() || rule == "ROOT" || rule == logger) return true;
    const auto last = rule.substr(rule.rfind('.') + 1);
    if (last == "besu" || last == "hyperledger" || last == "org") return true;
    const auto dot = logger.find('.');
    if (dot == std::string_view::npos) return last == logger;
    return last == logger.substr(0, dot) || last == logger.substr(logger.rfind('.') + 1);
}

struct NamedLevel {
    std::atomic<Level> threshold;
};

}  // namespace

std::optional<Level> parse_level(std::string_view name) noexcept {
    for (std::size_t i = 0; i < level_names.size(); ++i)
        if (std::ranges::equal(name, level_names[i], {}, to_upper)) return static_cast<Level>(i);
    return std::nullopt;
}

std::string_view to_string(Level level) noexcept {
    return level_names[static_cast<std::size_t>(level)];
}

struct Log::State {
    explicit State(LogOptions given)
        : options{std::move(given)}, colours{wants_colours(options.colour)}, root{options.level} {
        LineBuffer fields;
        for (const auto& [key, value] : options.fields) append_json_field(fields, {key, value});
        own_fields = fmt::to_string(fields);
        if (!options.output)
            writer = std::make_unique<LogWriter>(
                [](std::string_view lines) { write_all(STDOUT_FILENO, lines); },
                options.queue_bytes);
    }

    void write(std::string_view line) META138_EXCLUDES(mutex) {
        if (writer) return writer->append(line);
        const MutexLock lock{mutex};
        options.output(line);
    }

    [[nodiscard]] Level level_of(std::string_view name) const META138_REQUIRES(mutex) {
        auto level = root;
        for (const auto& [rule, threshold] : rules)
            if (means(rule, name)) level = threshold;
        return level;
    }

    const LogOptions options;
    const bool colours;
    std::string own_fields;
    std::unique_ptr<LogWriter> writer;
    mutable Mutex mutex;
    Level root META138_GUARDED_BY(mutex);
    std::vector<std::pair<std::string, Level>> rules META138_GUARDED_BY(mutex);  // the last counts
    std::map<std::string, NamedLevel, std::less<>> loggers META138_GUARDED_BY(mutex);
};

Log::Log(LogOptions options) : state_{std::make_unique<State>(std::move(options))} {}
Log::~Log() = default;

std::shared_ptr<Log> Log::open(LogOptions options) {
    return std::shared_ptr<Log>{new Log{std::move(options)}};
}

Logger Log::logger(std::string_view name) {
    return Logger{shared_from_this(), name};
}

void Log::set_level(Level level) {
    const MutexLock lock{state_->mutex};
    state_->root = level;
    state_->rules.clear();
    for (auto& [name, logger] : state_->loggers) logger.threshold = level;
}

void Log::set_level(std::string_view name, Level level) {
    const MutexLock lock{state_->mutex};
    std::erase_if(state_->rules, [&](const auto& rule) { return rule.first == name; });
    state_->rules.emplace_back(name, level);
    for (auto& [logger, entry] : state_->loggers)
        if (means(name, logger)) entry.threshold = level;
}

Level Log::level() const {
    const MutexLock lock{state_->mutex};
    return state_->root;
}

std::uint64_t Log::dropped() const noexcept {
    return state_->writer ? state_->writer->dropped() : 0;
}

void Log::flush() {
    if (state_->writer) state_->writer->flush();
}

Logger::Logger(std::shared_ptr<Log> log, std::string_view name)
    : log_{std::move(log)}, name_{std::make_shared<const std::string>(name)} {
    auto& state = *log_->state_;
    const MutexLock lock{state.mutex};
    auto entry = state.loggers.find(name);
    if (entry == state.loggers.end()) {
        entry = state.loggers.try_emplace(std::string{name}).first;
        entry->second.threshold = state.level_of(name);
    }
    threshold_ = &entry->second.threshold;
}

Logger Logger::named(std::string_view name) const {
    if (!log_) return {};
    auto result = Logger{log_, name};
    result.bound_human_ = bound_human_;
    result.bound_json_ = bound_json_;
    return result;
}

Logger Logger::with(const Field& field) const {
    auto result = *this;
    if (!log_) return result;
    LineBuffer human;
    LineBuffer json;
    if (bound_human_) human.append(*bound_human_);
    if (bound_json_) json.append(*bound_json_);
    append_human_field(human, field);
    append_json_field(json, field);
    result.bound_human_ = std::make_shared<const std::string>(fmt::to_string(human));
    result.bound_json_ = std::make_shared<const std::string>(fmt::to_string(json));
    return result;
}

void Logger::write(Level level, Fields fields, fmt::string_view format,
                   fmt::format_args args) const {
    auto& state = *log_->state_;
    LineBuffer message;
    fmt::vformat_to(fmt::appender(message), format, args);
    Line line{.time = std::chrono::system_clock::now(),
              .thread = thread_name(),
              .level = level,
              .logger = *name_,
              .message = {message.data(), message.size()},
              .bound_fields = {},
              .fields = fields};
    LineBuffer out;
    if (state.options.format == LogFormat::human) {
        if (bound_human_) line.bound_fields = *bound_human_;
        append_human(out, line, state.colours);
    } else {
        const auto bound = state.own_fields + (bound_json_ ? *bound_json_ : std::string{});
        line.bound_fields = bound;
        append_json(out, line);
    }
    state.write({out.data(), out.size()});
    if (level == Level::fatal) log_->flush();  // the process may not live much longer
}

void set_thread_name(std::string_view name) {
    ::pthread_setname_np(::pthread_self(), std::string{name.substr(0, 15)}.c_str());
}

}  // namespace meta138::telemetry
