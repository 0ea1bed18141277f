// SPDX-License-Identifier: Apache-2.0
#include "meta138/signer/main.hpp"

int main(int argc, char** argv) {
    return meta138::signer::run_main(argc, argv);
}
