// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// As much of the contract ABI as calls of our contracts need.
namespace meta138::contracts::abi {

/// The first four bytes of keccak256 of a signature.
using Selector = FixedBytes<4>;

/// "transmit(uint80,int256,uint64)"
[[nodiscard]] Selector selector(std::string_view signature);

/// Arguments, in order: `Arguments{}.address(a).integer(7).text("ETH / USD")`. Dynamic values go
/// behind the static ones, as the ABI wants it.
class Arguments {
public:
    Arguments& integer(const uint256& value);
    Arguments& boolean(bool value);
    Arguments& address(const Address& value);
    Arguments& fixed(const Hash32& value);  ///< bytes32
    Arguments& bytes(ByteView value);
    Arguments& text(std::string_view value);
    Arguments& addresses(std::span<const Address> values);  ///< address[]
    Arguments& integers(std::span<const uint256> values);   ///< uint256[]

    /// The arguments alone: what follows a constructor's creation code.
    [[nodiscard]] Bytes encode() const;
    /// A call of a function.
    [[nodiscard]] Bytes call(const Selector& function) const;
    [[nodiscard]] Bytes call(std::string_view signature) const;
    /// A creation: `creation_code` and the arguments of its constructor.
    [[nodiscard]] Bytes creation(ByteView creation_code) const;

private:
    struct Item {
        Hash32 word;  // the value, when static
        Bytes tail;
        bool is_dynamic = false;
    };
    std::vector<Item> items_;
};

/// Reads what a call returned; a value that is not there or not of its type makes all later ones
/// absent too, so that one look at `ok()` at the end will do.
class Results {
public:
    explicit Results(ByteView data) noexcept : data_{data} {}

    [[nodiscard]] uint256 integer() noexcept;
    /// What is above `highest` is not of the type.
    [[nodiscard]] std::uint64_t small_integer(std::uint64_t highest = ~std::uint64_t{0}) noexcept;
    [[nodiscard]] bool boolean() noexcept;
    [[nodiscard]] Address address() noexcept;
    [[nodiscard]] Hash32 fixed() noexcept;
    /// bytes or string; at most `limit` bytes.
    [[nodiscard]] std::string text(std::size_t limit = 4096);
    [[nodiscard]] std::vector<Address> addresses(std::size_t limit = 1024);  ///< address[]

    [[nodiscard]] bool ok() const noexcept { return ok_; }

private:
    [[nodiscard]] ByteView word() noexcept;
    [[nodiscard]] std::optional<ByteView> tail(std::size_t limit, std::size_t item_size) noexcept;

    ByteView data_;
    std::size_t at_ = 0;
    bool ok_ = true;
};

/// What a reverted call says: the text of Error(string) or Panic(uint256), or the selector of a
/// custom error of ours by its name: "UnexpectedRound(3, 2)". Empty for no data.
[[nodiscard]] std::string describe_revert(ByteView data);

}  // namespace meta138::contracts::abi
