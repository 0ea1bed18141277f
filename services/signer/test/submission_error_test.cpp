// SPDX-License-Identifier: Apache-2.0
#include "meta138/signer/submission_error.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace meta138::signer {
namespace {

struct Row {
    std::string_view message;
    SubmissionError error;
};

TEST(SubmissionError, is_read_from_the_words_of_every_node) {
    using enum SubmissionError;
    for (const auto& [message, error] : {
             Row{"Known transaction", already_known},
             Row{"already known", already_known},
             Row{"AlreadyKnown", already_known},
             Row{"Nonce too low", nonce_too_low},
             Row{"nonce too low: next nonce 5, tx nonce 3", nonce_too_low},
             Row{"OldNonce, Current nonce: 1, nonce of rejected tx: 0", nonce_too_low},
             Row{"Transaction nonce 3 below sender account nonce 7", nonce_too_low},
             Row{"Replacement transaction underpriced", replacement_underpriced},
             Row{"replacement transaction underpriced", replacement_underpriced},
             Row{"ReplacementNotAllowed", replacement_underpriced},
             Row{"Transaction nonce is too distant from current sender nonce", nonce_too_high},
             Row{"nonce too high", nonce_too_high},
             Row{"txpool is full", busy},
             Row{"Transaction pool is full", busy},
             Row{"Too many requests", busy},
             Row{"the pool is full of transactions that are worth more", busy},
             Row{"its sender has its share of the pool", busy},
             Row{"Initial sync is still in progress", busy},
             Row{"transaction underpriced", refused},
             Row{"Gas price below configured minimum gas price", refused},
             Row{"insufficient funds for gas * price + value", refused},
             Row{"Upfront cost exceeds account balance", refused},
             Row{"Intrinsic gas exceeds gas limit", refused},
             Row{"Sender account not authorized to send transactions", refused},
             Row{"something new", refused},
         })
        EXPECT_EQ(classify_submission_error(-32000, message), error) << message;
    EXPECT_EQ(classify_submission_error(-32005, "limit"), busy);
    EXPECT_EQ(classify_submission_error(-32603, "Internal error"), busy);
}

}  // namespace
}  // namespace meta138::signer
