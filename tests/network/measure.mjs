// SPDX-License-Identifier: Apache-2.0
// measure.mjs [VALIDATORS] [PERIOD_MS] [BLOCKS]
//
// Figures of a network of real nodes on this machine: time from proposal to commit, how evenly blocks come,
// processor time and memory of a validator. Prints one line for docs/performance.md. META138_NODE is the program.
import { readFileSync } from 'node:fs';
import { Network } from './support/network.mjs';

const [validators = 4, period = 1000, blocks = 30] = process.argv.slice(2).map(Number);

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
const summary = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  return `p50 ${quantile(sorted, 0.5).toFixed(1)} p99 ${quantile(sorted, 0.99).toFixed(1)} max ${sorted.at(-1).toFixed(1)}`;
};

/** Blocks of a node's log: number, when it was the head, how long since its proposal. */
function blocksOf(log) {
  const line = /^(\S+ \S+) .*(?:Produced|Imported) (?:empty )?block #([\d,]+) .* in ([\d.]+) ms/gm;
  return [...log.matchAll(line)].map(([, time, number, took]) => ({
    time: Date.parse(time.replace(' ', 'T')), number: Number(number.replaceAll(',', '')), took: Number(took),
  }));
}

function processorSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const qbft = period % 1000 === 0 ? { blockperiodseconds: period / 1000 } : { xblockperiodmilliseconds: period };
const network = await Network.make({ validators, qbft: { ...qbft, requesttimeoutseconds: 10 } });
try {
  await network.start();
  await network.reach(5, { seconds: 120 });
  const first = await network.height() + 1;
  const start = performance.now();
  const before = network.validators.map((each) => processorSeconds(each.node.pid));
  await network.reach(first + blocks, { seconds: 60 + (2 * blocks * period) / 1000 });
  const seconds = (performance.now() - start) / 1000;
  const used = network.validators.map((each, index) => (100 * (processorSeconds(each.node.pid) - before[index])) / seconds);
  const memory = network.validators.map((each) => each.node.residentBytes() / 2 ** 20);
  const seen = network.validators.map((each) => blocksOf(each.node.log).filter(({ number }) => number >= first));
  const took = seen.flat().map((each) => each.took);
  const lateness = seen.flatMap((each) => each.slice(1).map((block, index) => Math.abs(block.time - each[index].time - period)));
  const timeouts = (await Promise.all(network.validators.map((each) => each.metric('meta138_qbft_round_timeouts_total'))))
    .reduce((sum, each) => sum + (each ?? 0), 0);
  console.log(`${validators} validators, ${period} ms: proposal to commit ${summary(took)} ms; `
    + `interval off by ${summary(lateness)} ms; processor ${summary(used)} %; memory ${summary(memory)} MiB; `
    + `${timeouts} time-outs; ${blocks} blocks`);
} finally {
  await network.stop();
}
