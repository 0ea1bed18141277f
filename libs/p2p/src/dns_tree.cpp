// SPDX-License-Identifier: Apache-2.0
#include "dns_tree.hpp"

#include "base64.hpp"

#include "meta138/base/try.hpp"
#include "meta138/crypto/keccak.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace meta138::p2p {
namespace {

constexpr std::string_view root_word = "enrtree-root:v1";
constexpr std::string_view branch_word = "enrtree-branch:";
constexpr std::string_view link_word = "enrtree://";
constexpr std::string_view record_word = "enr:";
constexpr std::string_view signature_word = " sig=";

// EIP-1459 takes 16 bytes of a hash; others may take more or fewer.
constexpr std::size_t min_hash_bytes = 12;
constexpr std::size_t max_hash_bytes = 32;
constexpr std::size_t signature_bytes = 65;
constexpr std::size_t max_domain = 253;

std::optional<Bytes> decode_subdomain(std::string_view subdomain) {
    auto bytes = decode_base32(subdomain);
    if (!bytes || bytes->size() < min_hash_bytes || bytes->size() > max_hash_bytes)
        return std::nullopt;
    return bytes;
}

/// Takes "<word><value>" up to the next space.
std::optional<std::string_view> take_field(std::string_view& text, std::string_view word) {
    if (!text.starts_with(word)) return std::nullopt;
    text.remove_prefix(word.size());
    const auto value = text.substr(0, text.find(' '));
    text.remove_prefix(value.size());
    return value.empty() ? std::nullopt : std::optional{value};
}

bool is_signed(std::string_view content, std::string_view signature, const crypto::PublicKey& key) {
    const auto bytes = decode_base64url(signature);
    if (!bytes || bytes->size() != signature_bytes) return false;
    const ByteView view{*bytes};
    return crypto::verify(crypto::keccak256(as_bytes(content)), Hash32::from(view.first<32>()),
                          Hash32::from(view.subspan<32, 32>()), key);
}

std::expected<DnsTreeEntry, DnsTreeError> parse_branch(std::string_view text) {
    DnsTreeBranch branch;
    while (!text.empty()) {
        const auto child = text.substr(0, text.find(','));
        if (!decode_subdomain(child)) return std::unexpected{DnsTreeError::bad_child};
        branch.children.emplace_back(child);
        text.remove_prefix(std::min(child.size() + 1, text.size()));
    }
    return branch;
}

}  // namespace

std::string_view to_string(DnsTreeError error) noexcept {
    switch (error) {
        case DnsTreeError::unknown_entry: return "no entry of a node tree";
        case DnsTreeError::malformed: return "malformed";
        case DnsTreeError::wrong_signature: return "not signed by the key of the tree";
        case DnsTreeError::bad_child: return "a branch to what is no subdomain";
        case DnsTreeError::bad_link: return "a link without a good key or domain";
        case DnsTreeError::bad_record: return "not a valid node record";
    }
    return "unknown";
}

std::expected<DnsTreeUrl, std::string> parse_dns_tree_url(std::string_view url) {
    if (!url.starts_with(link_word))
        return std::unexpected{
            "no URL of a node tree; it should look like enrtree://<key>@<domain>"};
    url.remove_prefix(link_word.size());
    const auto at = url.find('@');
    if (at == std::string_view::npos) return std::unexpected{"no '@' after the key"};
    const auto bytes = decode_base32(url.substr(0, at));
    const auto key = bytes && bytes->size() == 33
                         ? crypto::decompress(FixedBytes<33>::from(ByteView{*bytes}.first<33>()))
                         : std::nullopt;
    if (!key) return std::unexpected{"the key is not a public key in base32"};
    const auto domain = url.substr(at + 1);
    if (domain.empty() || domain.size() > max_domain)
        return std::unexpected{"no domain after the key, or one that is too long"};
    return DnsTreeUrl{.key = *key, .domain = std::string{domain}};
}

std::string to_string(const DnsTreeUrl& url) {
    const auto key = crypto::compress(url.key);
    return fmt::format("{}{}@{}", link_word, key ? encode_base32(key->bytes) : "", url.domain);
}

std::expected<DnsTreeRoot, DnsTreeError> parse_dns_tree_root(std::string_view text,
                                                             const crypto::PublicKey& key) {
    if (!text.starts_with(root_word)) return std::unexpected{DnsTreeError::unknown_entry};
    const auto content = text.substr(0, text.find(signature_word));
    text.remove_prefix(root_word.size());
    const auto nodes = take_field(text, " e=");
    const auto links = take_field(text, " l=");
    const auto sequence = take_field(text, " seq=");
    const auto signature = take_field(text, signature_word);
    if (!nodes || !links || !sequence || !signature || !text.empty())
        return std::unexpected{DnsTreeError::malformed};
    DnsTreeRoot root{.nodes = std::string{*nodes}, .links = std::string{*links}};
    const auto* const end = sequence->data() + sequence->size();
    const auto [stopped, error] = std::from_chars(sequence->data(), end, root.sequence);
    if (error != std::errc{} || stopped != end || !decode_subdomain(*nodes) ||
        !decode_subdomain(*links))
        return std::unexpected{DnsTreeError::malformed};
    if (!is_signed(content, *signature, key)) return std::unexpected{DnsTreeError::wrong_signature};
    return root;
}

std::expected<DnsTreeEntry, DnsTreeError> parse_dns_tree_entry(std::string_view text) {
    if (text.starts_with(branch_word)) return parse_branch(text.substr(branch_word.size()));
    if (text.starts_with(link_word)) {
        auto url = parse_dns_tree_url(text);
        if (!url) return std::unexpected{DnsTreeError::bad_link};
        return *std::move(url);
    }
    if (text.starts_with(record_word)) {
        auto record = NodeRecord::parse(text);
        if (!record) return std::unexpected{DnsTreeError::bad_record};
        return *std::move(record);
    }
    return std::unexpected{DnsTreeError::unknown_entry};
}

bool is_at_subdomain(std::string_view text, std::string_view subdomain) {
    const auto expected = decode_subdomain(subdomain);
    if (!expected) return false;
    const auto hash = crypto::keccak256(as_bytes(text));
    return equal(ByteView{hash.bytes}.first(expected->size()), *expected);
}

DnsTreeWalk::DnsTreeWalk(const std::vector<DnsTreeUrl>& urls) : DnsTreeWalk{urls, Limits{}} {}

DnsTreeWalk::DnsTreeWalk(const std::vector<DnsTreeUrl>& urls, const Limits& limits)
    : limits_{limits} {
    for (const auto& url : urls) add_tree(url);
}

void DnsTreeWalk::add_tree(const DnsTreeUrl& url) {
    if (trees_.size() >= limits_.trees ||
        std::ranges::find(trees_, url, &Tree::url) != trees_.end())
        return;
    trees_.push_back({.url = url});
}

std::optional<std::string> DnsTreeWalk::next(Time now) {
    if (question_) return std::nullopt;
    for (std::size_t i = 0; i < trees_.size(); ++i) {
        auto& tree = trees_[i];
        if (now >= tree.next_root) {
            question_ = Question{.tree = i};
            return tree.url.domain;
        }
        if (!tree.missing.empty() && now >= tree.next_entry) {
            question_ = Question{.tree = i, .subdomain = tree.missing.front()};
            tree.missing.pop_front();
            return question_->subdomain + "." + tree.url.domain;
        }
    }
    return std::nullopt;
}

DnsTreeWalk::Time DnsTreeWalk::due() const noexcept {
    auto result = Time::max();
    for (const auto& tree : trees_) {
        result = std::min(result, tree.next_root);
        if (!tree.missing.empty()) result = std::min(result, tree.next_entry);
    }
    return result;
}

std::optional<NodeRecord> DnsTreeWalk::answer(const std::vector<std::string>& texts, Time now) {
    if (!question_) return std::nullopt;
    const auto question = *std::exchange(question_, std::nullopt);
    if (!question.subdomain.empty())
        return on_entry(trees_[question.tree], question.subdomain, texts, now);
    on_root(trees_[question.tree], texts, now);
    return std::nullopt;
}

void DnsTreeWalk::on_root(Tree& tree, const std::vector<std::string>& texts, Time now) {
    tree.next_root = now + limits_.retry;
    for (const auto& text : texts) {
        const auto root = parse_dns_tree_root(text, tree.url.key);
        // An older root may be an attacker's: he has seen it, and its nodes have gone.
        if (!root || (tree.root && root->sequence < tree.root->sequence)) continue;
        tree.next_root = now + limits_.root_interval;
        tree.root = *root;
        want(tree, root->links);
        want(tree, root->nodes);
        return;
    }
}

void DnsTreeWalk::want(Tree& tree, const std::string& subdomain) {
    // What was seen says the same for ever: its name is its hash.
    if (tree.seen.size() >= limits_.entries_of_tree || !tree.seen.insert(subdomain).second) return;
    tree.missing.push_back(subdomain);
}

std::optional<NodeRecord> DnsTreeWalk::on_entry(Tree& tree, const std::string& subdomain,
                                                const std::vector<std::string>& texts, Time now) {
    for (const auto& text : texts) {
        if (!is_at_subdomain(text, subdomain)) continue;
        auto entry = parse_dns_tree_entry(text);
        if (!entry) return std::nullopt;
        if (const auto* const branch = std::get_if<DnsTreeBranch>(&*entry)) {
            for (const auto& child : branch->children) want(tree, child);
        } else if (const auto* const url = std::get_if<DnsTreeUrl>(&*entry)) {
            add_tree(*url);  // `tree` may be elsewhere from here on
        } else {
            return std::get<NodeRecord>(*std::move(entry));
        }
        return std::nullopt;
    }
    // Perhaps DNS does not know it yet.
    tree.missing.push_back(subdomain);
    tree.next_entry = now + limits_.retry;
    return std::nullopt;
}

}  // namespace meta138::p2p
