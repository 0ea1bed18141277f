// SPDX-License-Identifier: Apache-2.0
// meta138-contract-gas [FILE]: prints docs/gas.md; with a FILE, compares that with it.
#include "gas_table.hpp"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

int main(int argc, char** argv) {
    const auto report = meta138::contracts::measure_gas();
    for (const auto& fault : report.faults) std::fprintf(stderr, "%s\n", fault.c_str());
    if (!report.faults.empty()) return 1;
    if (argc < 2) {
        std::fputs(report.markdown.c_str(), stdout);
        return 0;
    }
    std::ifstream file{argv[1], std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    if (text == report.markdown) return 0;
    std::fprintf(stderr, "%s is not what the contracts cost now: run scripts/gas\n", argv[1]);
    return 1;
}
