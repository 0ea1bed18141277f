// SPDX-License-Identifier: Apache-2.0
// throughput.mjs PERIOD_MS [ARGUMENTS OF meta138 load]
//
// The load on four validators on this machine, and the processor time that a transaction takes of each. Prints
// what docs/performance.md holds. META138_NODE and META138 are the programs.
//
//   node throughput.mjs 1000 transfers --duration 20 --accounts 1000 --in-flight 20000
import { readFileSync, writeFileSync } from 'node:fs';
import { run } from '../clients/support/node.mjs';
import { Network } from '../network/support/network.mjs';

const [period = '1000', ...args] = process.argv.slice(2);
const ms = Number(period);

function processorSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const qbft = ms % 1000 === 0 ? { blockperiodseconds: ms / 1000 } : { xblockperiodmilliseconds: ms };
const network = await Network.make({ validators: 4, qbft: { ...qbft, requesttimeoutseconds: 10 } });
const genesis = JSON.parse(readFileSync(network.genesisFile));
writeFileSync(network.genesisFile, JSON.stringify({ ...genesis, gasLimit: `0x${(500_000_000).toString(16)}` }));
try {
  await network.start();
  await network.reach(2, { seconds: 120 });
  const used = () => network.validators.map(({ node }) => processorSeconds(node.pid));
  const before = used();
  const urls = network.validators.flatMap(({ node }) => ['--url', node.http]);
  const { code, stdout, stderr } = await run(process.env.META138,
    ['load', ...(args.length > 0 ? args : ['transfers']), ...urls, '--json']);
  if (code !== 0) throw new Error(stderr);
  const report = JSON.parse(stdout);
  const microseconds = used().map((each, index) => (1e6 * (each - before[index])) / report.included);
  const { p50, p90, p99, max } = report.inclusionSeconds;
  console.log(`${report.load}, ${period} ms: ${report.transactionsPerSecond.toFixed(0)}/s, `
    + `${(report.gasPerSecond / 1e6).toFixed(0)} Mgas/s; due to block p50 ${p50.toFixed(2)} p90 ${p90.toFixed(2)} `
    + `p99 ${p99.toFixed(2)} max ${max.toFixed(2)} s; processor a transaction ${microseconds.map((each) => each.toFixed(0)).join(', ')} us, `
    + `load ${(100 * report.ownProcessorShare).toFixed(0)} % of a core; not in blocks ${report.notIncluded}; `
    + `resident ${network.validators.map(({ node }) => (node.residentBytes() / 2 ** 20).toFixed(0)).join(', ')} MiB`);
  await network.assertNoFork();
} finally {
  await network.stop();
}
