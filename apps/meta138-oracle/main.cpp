// SPDX-License-Identifier: Apache-2.0
#include "meta138/oracle/main.hpp"

int main(int argc, char** argv) {
    return meta138::oracle::run_main(argc, argv);
}
