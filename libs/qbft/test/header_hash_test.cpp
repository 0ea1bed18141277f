// SPDX-License-Identifier: Apache-2.0
#include "test_keys.hpp"
#include "vectors.hpp"

#include "meta138/crypto/keccak.hpp"
#include "meta138/qbft/extra_data.hpp"
#include "meta138/qbft/ibft_extra_data.hpp"
#include "meta138/test/fixtures.hpp"
#include "meta138/types/account.hpp"
#include "meta138/types/fork.hpp"
#include "meta138/types/requests.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace meta138::qbft {
namespace {

using namespace literals;

constexpr auto mix_hash =
    "0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365"_hash32;

Header empty_header() {
    Header header;
    header.ommers_hash = crypto::empty_list_keccak256;
    header.state_root = EMPTY_TRIE_ROOT;
    header.transactions_root = EMPTY_TRIE_ROOT;
    header.receipt_root = EMPTY_TRIE_ROOT;
    header.difficulty = 1;
    header.prev_randao = mix_hash;
    return header;
}

std::vector<Address> committers(const Hash32& hash, const std::vector<crypto::Signature>& seals) {
    std::vector<Address> result;
    for (const auto& seal : seals)
        result.push_back(crypto::recover_address(hash, seal).value_or(Address{}));
    return result;
}

std::vector<Address> committers(const Header& header) {
    return committers(committed_seal_hash(header), decode_extra_data(header.extra_data)->seals);
}

bool is_among(const std::vector<Address>& validators, const Address& address) {
    return std::ranges::find(validators, address) != validators.end();
}

TEST(HeaderHash, of_the_genesis_block_is_that_of_its_bytes) {
    auto header = empty_header();
    header.gas_limit = 0x1fffffffffffff;
    header.timestamp = 0x58ee40ba;
    header.extra_data = bytes_of(vectors::genesis_extra_data);
    const auto expected =
        "0x74f92c171677a9f8b1eac53fc4f2c2e0d6bbc7a7b9b259fd0067f7b573951e16"_hash32;
    EXPECT_EQ(on_chain_hash(header), expected);
    EXPECT_EQ(committed_seal_hash(header), expected);
    EXPECT_EQ(committed_seal_hash(header, 3), expected);
    EXPECT_EQ(ibft2::on_chain_hash(header), expected);
}

TEST(HeaderHash, of_a_block_of_one_validator_in_round_0_is_one_for_both_purposes) {
    auto header = empty_header();
    header.parent_hash =
        "0x78ec31452f053f75665033d4957b8b33283c55e1c7239dc5facbb684a866492e"_hash32;
    header.coinbase = "0xef5880ec6b859b6949d88ddbd6ec18e96d0f14aa"_address;
    header.state_root = "0xaebe1ab7b242b261b1aced1a1ed729c3d6436634ff656efecad4609b38ee63a3"_hash32;
    header.transactions_root =
        "0x77c428651debcc42d181d9067386d807b204235ebb3e45dfa5f1e6e71c0b67de"_hash32;
    header.receipt_root =
        "0x0946e4baf57a46888aa1a78dc974a01a56bb221ae8d6ee381942695596f976ec"_hash32;
    header.bloom = decode_fixed_hex<Bloom>(vectors::bloom_of_one_validator_block).value();
    header.number = 0xe5f2;
    header.gas_limit = 0x2fefd800;
    header.gas_used = 0x197b8;
    header.timestamp = 0x6849f937;
    header.extra_data = bytes_of(vectors::extra_data_of_one_validator_block);
    header.base_fee_per_gas = 0;
    const auto expected =
        "0xd33367228e0a0e3667c910c7d92d3f6e724e2b6e2f671b28823a22f82597d023"_hash32;
    EXPECT_EQ(on_chain_hash(header), expected);
    EXPECT_EQ(committed_seal_hash(header), expected);
    EXPECT_EQ(committers(header), std::vector{header.coinbase});
}

TEST(HeaderHash, of_a_block_of_round_1_are_three) {
    const auto encoded = bytes_of(vectors::header_of_round_1);
    const auto header = decode_header(encoded).value();
    EXPECT_EQ(encode_header(header), encoded);
    EXPECT_EQ(header.number, 7528U);
    EXPECT_EQ(on_chain_hash(header),
              "0x502568a07cc2303558ed8eea495d61255946a14c46be5ead61cdc737bdeaaf42"_hash32);
    EXPECT_EQ(committed_seal_hash(header),
              "0x75ea184f58cd3f0ef89032a069df01f07ec524ef3a85cf6d3e424d62130c0a32"_hash32);
    EXPECT_EQ(block_hash(header),
              "0xd382717766b765988fcda71870a567a2702c979e604c1fd76f9264a377a1a271"_hash32);
    EXPECT_EQ(committers(header),
              (std::vector{"0x647bfdd19655e51e69d35454ff3a92f8828e6302"_address,
                           "0xee3353e587cfa91625a1adaef308a726de3803d3"_address,
                           "0xa5c8416b9d13417b45b45ada76408f39d1e504ef"_address}));
}

TEST(HeaderHash, on_chain_depends_on_neither_round_nor_seals) {
    const auto header = decode_header(bytes_of(vectors::header_of_round_1)).value();
    const auto other = with_round(header, 9);
    EXPECT_TRUE(decode_extra_data(other.extra_data)->seals.empty());
    EXPECT_EQ(decode_extra_data(other.extra_data)->round, 9U);
    EXPECT_EQ(on_chain_hash(other), on_chain_hash(header));
    EXPECT_NE(committed_seal_hash(other), committed_seal_hash(header));
    EXPECT_EQ(committed_seal_hash(header, 9), committed_seal_hash(other));
    EXPECT_EQ(committed_seal_hash(other, 1), committed_seal_hash(header));
    const auto seals = decode_extra_data(header.extra_data)->seals;
    EXPECT_EQ(with_round(other, 1, seals), header);
}

TEST(HeaderHash, of_unreadable_extra_data_is_that_of_the_bytes) {
    auto header = empty_header();
    header.number = 1;
    header.extra_data = {0x01, 0x02};
    EXPECT_EQ(on_chain_hash(header), block_hash(header));
    EXPECT_EQ(committed_seal_hash(header), block_hash(header));
    EXPECT_EQ(committed_seal_hash(header, 1), block_hash(header));
    EXPECT_EQ(with_round(header, 1), header);
    EXPECT_EQ(ibft1::on_chain_hash(header), block_hash(header));
    EXPECT_EQ(ibft1::recover_proposer(header), std::nullopt);
}

TEST(HeaderHash, of_an_ibft_2_block_leaves_out_instead_of_blanking) {
    auto header = empty_header();
    header.parent_hash =
        "0x7bca25e1fa5e395fd6029eb496a70b6b5495843976bf9e49b993c723ded29d9e"_hash32;
    header.coinbase = "0x9811ebc35d7b06b3fa8dc5809a1f9c52751e1deb"_address;
    header.state_root = "0xd650578a04b39f50cc979155f4510ec28c2c0a7c1e5fdbf84609bc7b1c430f48"_hash32;
    header.number = 100;
    header.gas_limit = 4'700'000;
    header.timestamp = 0x5cd10933;
    header.extra_data = bytes_of(vectors::ibft2_extra_data_of_block_100);
    EXPECT_EQ(ibft2::on_chain_hash(header),
              "0x63b3ea2bc37fec8f82680eb823652da6af8acebb4f6c4d0ff659c55be473c8b0"_hash32);
    const auto sealed = ibft2::committed_seal_hash(header);
    EXPECT_EQ(sealed, "0xff452b35cfc72362224e7298d913c3e6769f68f8d5e270308fd71cca3a8e7e38"_hash32);
    EXPECT_EQ(committers(sealed, ibft2::decode_extra_data(header.extra_data)->seals),
              std::vector{header.coinbase});
}

TEST(HeaderHash, of_genesis_blocks_is_right_for_every_shape_of_header) {
    auto header = empty_header();
    header.gas_limit = 0x47b760;
    header.timestamp = 0x58ee40ba;
    header.extra_data = bytes_of(vectors::derived_genesis_extra_data);
    header.difficulty = 0;
    header.prev_randao = {};
    const auto berlin = on_chain_hash(header);
    header.difficulty = 1;
    header.prev_randao = mix_hash;
    const auto expected =
        "0xbdeda84a79876019a65c740ecf3ff2384127790f66e31ca0b441ce1e9800e77d"_hash32;
    EXPECT_TRUE(on_chain_hash(header) == expected || berlin == expected);
    const bool is_plain = berlin == expected;
    if (is_plain) {
        header.difficulty = 0;
        header.prev_randao = {};
    }
    header.base_fee_per_gas = 1'000'000'000;
    EXPECT_EQ(on_chain_hash(header),
              "0x34b36a177b9b35b2fd8bc0dcb912dcd2aa4d7be117fbb8de7eff9eccc3698121"_hash32);
    header.withdrawals_root = EMPTY_TRIE_ROOT;
    EXPECT_EQ(on_chain_hash(header),
              "0x08dc87b52390b45a872145784cb4c351e0a217a4c46e45def4f8e962c66e8030"_hash32);
    header.blob_gas_used = 0;
    header.excess_blob_gas = 0;
    header.parent_beacon_block_root = Hash32{};
    EXPECT_EQ(on_chain_hash(header),
              "0x6e39f7a37f267b45984981bc1670bd0b69895dcb03dfce50aecafc912874c10d"_hash32);
    header.requests_hash = requests_hash({});
    EXPECT_EQ(on_chain_hash(header),
              "0xeec070c0ae61ea1f3f63d44f1160b95aae8dab26e621d0eb01f440c985e7b830"_hash32);
}

TEST(Ibft1, links_the_blocks_of_the_fixture) {
    META138_FIXTURE_OR_SKIP(path, "qbft/ibft1-chain/blocks.rlp");
    std::ifstream file{path, std::ios::binary};
    const Bytes bytes{std::istreambuf_iterator<char>{file}, {}};
    auto in = rlp::Reader::sequence(bytes);
    std::optional<Header> parent;
    std::size_t links = 0;
    while (!in.empty()) {
        const auto block = read_block(in);
        ASSERT_FALSE(in.failed());
        const auto& header = block.header;
        if (parent) {
            EXPECT_EQ(header.parent_hash, ibft1::on_chain_hash(*parent));
            const auto extra_data = ibft1::decode_extra_data(header.extra_data).value();
            const auto proposer = ibft1::recover_proposer(header);
            ASSERT_TRUE(proposer);
            EXPECT_TRUE(is_among(extra_data.validators, *proposer));
            for (const auto& committer :
                 committers(ibft1::committed_seal_hash(header), extra_data.seals))
                EXPECT_TRUE(is_among(extra_data.validators, committer));
            ++links;
        }
        parent = header;
    }
    EXPECT_EQ(links, 100U);
    // Its head as the fixtures name it: by its bytes.
    EXPECT_EQ(block_hash(*parent),
              "0x4c2e17c32962f148ecd7d0adf187502f112ee783efbbfe67cca9b72593da0a56"_hash32);
}

}  // namespace
}  // namespace meta138::qbft
