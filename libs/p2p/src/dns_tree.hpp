// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/crypto/secp256k1.hpp"
#include "meta138/p2p/dns_tree_url.hpp"
#include "meta138/p2p/enr.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <expected>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// Node lists in DNS (EIP-1459): a tree of TXT records whose root somebody signed.
namespace meta138::p2p {

struct DnsTreeRoot {
    std::string nodes{};  ///< The subdomain of the nodes' subtree.
    std::string links{};  ///< And of the links'.
    std::uint64_t sequence = 0;

    friend bool operator==(const DnsTreeRoot&, const DnsTreeRoot&) = default;
};

struct DnsTreeBranch {
    std::vector<std::string> children{};  ///< Subdomains.

    friend bool operator==(const DnsTreeBranch&, const DnsTreeBranch&) = default;
};

using DnsTreeEntry = std::variant<DnsTreeBranch, DnsTreeUrl, NodeRecord>;

enum class DnsTreeError : std::uint8_t {
    unknown_entry,    ///< Begins with none of the known words.
    malformed,        ///< Not as its first word has it.
    wrong_signature,  ///< The root is not signed by the tree's key.
    bad_child,        ///< A branch names what is no subdomain.
    bad_link,         ///< A link without a good key or domain.
    bad_record,       ///< A node record that is none.
};

std::string_view to_string(DnsTreeError error) noexcept;

std::expected<DnsTreeRoot, DnsTreeError> parse_dns_tree_root(std::string_view text,
                                                             const crypto::PublicKey& key);
std::expected<DnsTreeEntry, DnsTreeError> parse_dns_tree_entry(std::string_view text);

/// Whether that text belongs at that subdomain: its hash, perhaps shortened.
[[nodiscard]] bool is_at_subdomain(std::string_view text, std::string_view subdomain);

/// Walks through a tree and those that it links to: says which name to ask for next, is told what
/// DNS says, and gives the nodes. Believes only what hangs on a signed root.
class DnsTreeWalk {
public:
    using Time = std::chrono::steady_clock::time_point;

    struct Limits {
        std::size_t trees = 8;  ///< With those linked to.
        std::size_t entries_of_tree = 20'000;
        std::chrono::seconds root_interval{30 * 60};  ///< When the root is looked at again.
        std::chrono::seconds retry{60};               ///< After an answer that is of no use.
    };

    explicit DnsTreeWalk(const std::vector<DnsTreeUrl>& urls);
    DnsTreeWalk(const std::vector<DnsTreeUrl>& urls, const Limits& limits);

    /// The name whose TXT record is to be asked for; absent: none before due(). One at a time.
    [[nodiscard]] std::optional<std::string> next(Time now);
    /// What DNS says to the name that next() gave; empty if it says nothing. Gives the node that it
    /// is, if it is one; absent also for what is not to be believed.
    std::optional<NodeRecord> answer(const std::vector<std::string>& texts, Time now);
    [[nodiscard]] Time due() const noexcept;

private:
    struct Tree {
        DnsTreeUrl url{};
        std::optional<DnsTreeRoot> root{};
        std::deque<std::string> missing{};  // subdomains to ask for
        std::set<std::string> seen{};       // subdomains asked for
        Time next_root{};
        Time next_entry{};
    };
    struct Question {
        std::size_t tree = 0;
        std::string subdomain{};  // empty: the root
    };

    void add_tree(const DnsTreeUrl& url);
    void on_root(Tree& tree, const std::vector<std::string>& texts, Time now);
    std::optional<NodeRecord> on_entry(Tree& tree, const std::string& subdomain,
                                       const std::vector<std::string>& texts, Time now);
    void want(Tree& tree, const std::string& subdomain);

    Limits limits_;
    std::vector<Tree> trees_;
    std::optional<Question> question_;
};

}  // namespace meta138::p2p
