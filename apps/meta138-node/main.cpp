// SPDX-License-Identifier: Apache-2.0
#include "meta138/node/main.hpp"

int main(int argc, char** argv) {
    return meta138::node::run_main(argc, argv);
}
