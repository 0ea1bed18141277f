// SPDX-License-Identifier: Apache-2.0
#include "meta138/telemetry/metrics.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/base/mutex.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <map>
#include <variant>

namespace meta138::telemetry {
namespace {

struct CategoryName {
    Category category;
    std::string_view option;
    std::string_view prefix;
};

constexpr std::array categories = {
    CategoryName{Category::bal, "BAL", "besu_bal_"},
    CategoryName{Category::block_processing, "BLOCK_PROCESSING", "besu_block_processing_"},
    CategoryName{Category::blockchain, "BLOCKCHAIN", "besu_blockchain_"},
    CategoryName{Category::bonsai_cache, "BONSAI_CACHE", "besu_bonsai_cache_"},
    CategoryName{Category::ethereum, "ETHEREUM", "ethereum_"},
    CategoryName{Category::executors, "EXECUTORS", "besu_executors_"},
    CategoryName{Category::jvm, "JVM", "jvm_"},
    CategoryName{Category::network, "NETWORK", "besu_network_"},
    CategoryName{Category::peers, "PEERS", "besu_peers_"},
    CategoryName{Category::permissioning, "PERMISSIONING", "besu_permissioning_"},
    CategoryName{Category::private_rocksdb, "PRIVATE_ROCKSDB", "besu_private_rocksdb_"},
    CategoryName{Category::process, "PROCESS", "process_"},
    CategoryName{Category::pruner, "PRUNER", "besu_pruner_"},
    CategoryName{Category::rocksdb, "ROCKSDB", "besu_rocksdb_"},
    CategoryName{Category::rpc, "RPC", "besu_rpc_"},
    CategoryName{Category::synchronizer, "SYNCHRONIZER", "besu_synchronizer_"},
    CategoryName{Category::transaction_pool, "TRANSACTION_POOL", "besu_transaction_pool_"},
    CategoryName{Category::meta138, "META138", "meta138_"},
};

constexpr bool categories_in_order() {
    for (std::size_t i = 0; i < categories.size(); ++i)
        if (static_cast<std::size_t>(categories[i].category) != i) return false;
    return true;
}
static_assert(categories_in_order());

constexpr std::array quantiles = {0.2, 0.5, 0.8, 0.95, 0.99, 1.0};

using LabelSet = std::vector<std::pair<std::string, std::string>>;
using Callback = std::function<double()>;
struct Pulled {
    std::uint64_t id;
    Callback read;
};
using Metric = std::variant<std::unique_ptr<Counter>, std::unique_ptr<Gauge>,
                            std::unique_ptr<Summary>, Pulled>;

struct Family {
    prometheus::MetricType type;
    Category category;
    std::string help;
    std::map<LabelSet, Metric> metrics;
};

std::string full_name(Category category, std::string_view name, prometheus::MetricType type) {
    std::string result{categories[static_cast<std::size_t>(category)].prefix};
    result += name;
    if (type == prometheus::MetricType::Counter && !name.ends_with("_total")) result += "_total";
    return result;
}

LabelSet to_set(Labels labels) {
    LabelSet result;
    for (const auto& [name, value] : labels) result.emplace_back(name, value);
    return result;
}

prometheus::ClientMetric::Summary read_summary(Summary& summary) {
    summary.rotate(std::chrono::steady_clock::now());
    prometheus::ClientMetric::Summary result;
    result.sample_count = summary.count();
    result.sample_sum = std::chrono::duration<double>{summary.sum()}.count();
    for (const auto q : quantiles) result.quantile.push_back({q, summary.quantile(q)});
    return result;
}

void set_value(prometheus::ClientMetric& metric, prometheus::MetricType type, double value) {
    if (type == prometheus::MetricType::Counter)
        metric.counter.value = value;
    else
        metric.gauge.value = value;
}

}  // namespace

std::optional<Category> parse_category(std::string_view name) noexcept {
    const auto upper = [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    };
    for (const auto& category : categories)
        if (std::ranges::equal(name, category.option, {}, upper)) return category.category;
    return std::nullopt;
}

std::string_view to_string(Category category) noexcept {
    return categories[static_cast<std::size_t>(category)].option;
}

std::span<const Category> default_categories() noexcept {
    static constexpr std::array defaults = {
        Category::bal,           Category::block_processing,
        Category::blockchain,    Category::ethereum,
        Category::executors,     Category::jvm,
        Category::network,       Category::peers,
        Category::permissioning, Category::process,
        Category::pruner,        Category::rpc,
        Category::synchronizer,  Category::transaction_pool,
        Category::meta138,
    };
    return defaults;
}

struct Metrics::State {
    std::bitset<categories.size()> enabled;  // constant after construction
    // One scrape at a time: summaries turn their windows then.
    Mutex scrape;
    Mutex mutex META138_THREAD_ANNOTATION(acquired_after(scrape));
    std::map<std::string, Family> families META138_GUARDED_BY(mutex);
    std::uint64_t next_id META138_GUARDED_BY(mutex) = 1;

    Family& family(Category category, std::string_view name, std::string_view help,
                   prometheus::MetricType type) META138_REQUIRES(mutex) {
        const auto [entry, added] = families.try_emplace(
            full_name(category, name, type), Family{type, category, std::string{help}, {}});
        META138_ASSERT(entry->second.type == type);
        return entry->second;
    }

    template <class T>
    T& find_or_add(Category category, std::string_view name, std::string_view help,
                   prometheus::MetricType type, Labels labels) META138_EXCLUDES(mutex) {
        const MutexLock lock{mutex};
        auto& metrics = family(category, name, help, type).metrics;
        const auto [entry, added] = metrics.try_emplace(to_set(labels));
        if (added) entry->second = std::make_unique<T>();
        auto* metric = std::get_if<std::unique_ptr<T>>(&entry->second);
        META138_ASSERT(metric != nullptr);
        return **metric;
    }

    std::uint64_t add_pulled(Category category, std::string_view name, std::string_view help,
                             prometheus::MetricType type, Callback read, Labels labels)
        META138_EXCLUDES(mutex) {
        const MutexLock lock{mutex};
        const auto id = next_id++;
        family(category, name, help, type)
            .metrics.insert_or_assign(to_set(labels), Pulled{id, std::move(read)});
        return id;
    }
};

Metrics::Metrics(std::span<const Category> enabled) : state_{std::make_shared<State>()} {
    for (const auto category : enabled) state_->enabled.set(static_cast<std::size_t>(category));
}
Metrics::~Metrics() = default;

Counter& Metrics::counter(Category category, std::string_view name, std::string_view help,
                          Labels labels) {
    return state_->find_or_add<Counter>(category, name, help, prometheus::MetricType::Counter,
                                        labels);
}

Gauge& Metrics::gauge(Category category, std::string_view name, std::string_view help,
                      Labels labels) {
    return state_->find_or_add<Gauge>(category, name, help, prometheus::MetricType::Gauge, labels);
}

Summary& Metrics::summary(Category category, std::string_view name, std::string_view help,
                          Labels labels) {
    return state_->find_or_add<Summary>(category, name, help, prometheus::MetricType::Summary,
                                        labels);
}

Metrics::Registration Metrics::gauge(Category category, std::string_view name,
                                     std::string_view help, std::function<double()> read,
                                     Labels labels) {
    return {state_, state_->add_pulled(category, name, help, prometheus::MetricType::Gauge,
                                       std::move(read), labels)};
}

Metrics::Registration Metrics::counter(Category category, std::string_view name,
                                       std::string_view help, std::function<double()> read,
                                       Labels labels) {
    return {state_, state_->add_pulled(category, name, help, prometheus::MetricType::Counter,
                                       std::move(read), labels)};
}

bool Metrics::is_enabled(Category category) const noexcept {
    return state_->enabled.test(static_cast<std::size_t>(category));
}

std::string Metrics::expose(std::span<const std::string> names) const {
    const MutexLock scrape{state_->scrape};
    std::vector<prometheus::MetricFamily> result;
    {
        // Callbacks run under the lock: that is what keeps a registration's promise that none is
        // called after its death, and why they must not block.
        const MutexLock lock{state_->mutex};
        for (const auto& [name, family] : state_->families) {
            if (!state_->enabled.test(static_cast<std::size_t>(family.category))) continue;
            if (!names.empty() && std::ranges::find(names, name) == names.end()) continue;
            if (family.metrics.empty()) continue;
            auto& out = result.emplace_back();
            out.name = name;
            out.help = family.help;
            out.type = family.type;
            for (const auto& [labels, metric] : family.metrics) {
                auto& sample = out.metric.emplace_back();
                for (const auto& [label, value] : labels) sample.label.push_back({label, value});
                if (const auto* counter = std::get_if<std::unique_ptr<Counter>>(&metric))
                    sample.counter.value = static_cast<double>((*counter)->value());
                else if (const auto* gauge = std::get_if<std::unique_ptr<Gauge>>(&metric))
                    sample.gauge.value = (*gauge)->value();
                else if (const auto* summary = std::get_if<std::unique_ptr<Summary>>(&metric))
                    sample.summary = read_summary(**summary);
                else if (const auto* pulled = std::get_if<Pulled>(&metric))
                    set_value(sample, family.type, pulled->read());
            }
        }
    }
    return prometheus::TextSerializer{}.Serialize(result);
}

Metrics::Registration::Registration(std::weak_ptr<State> state, std::uint64_t id)
    : state_{std::move(state)}, id_{id} {}

Metrics::Registration& Metrics::Registration::operator=(Registration&& other) noexcept {
    std::swap(state_, other.state_);
    std::swap(id_, other.id_);
    return *this;
}

Metrics::Registration::~Registration() {
    const auto state = state_.lock();
    if (!state) return;
    const MutexLock lock{state->mutex};
    for (auto& [name, family] : state->families)
        std::erase_if(family.metrics, [this](const auto& entry) {
            const auto* pulled = std::get_if<Pulled>(&entry.second);
            return pulled && pulled->id == id_;
        });
}

}  // namespace meta138::telemetry
