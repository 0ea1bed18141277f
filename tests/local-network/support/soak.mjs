// SPDX-License-Identifier: Apache-2.0
// Watches a network for a while: how evenly blocks come, rounds that were missed, feeds, memory.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { call, sleep } from './local-network.mjs';
import { latestRound, manifestOf } from './feeds.mjs';

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
const mebibytes = (bytes) => (bytes / 2 ** 20).toFixed(0);

/** A metric's value: all of its lines together. */
async function metric(port, name) {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return text.split('\n').filter((each) => each.startsWith(`${name} `) || each.startsWith(`${name}{`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** Rounds that ended without a block, over all validators, since they started. */
export async function missedRounds(network) {
  const counts = (await network.ofTier('validator')).map((each) => metric(each.ports.metrics, 'meta138_qbft_round_timeouts_total'));
  return (await Promise.all(counts)).reduce((sum, each) => sum + each, 0);
}

/** When blocks became the head of a validator, by its log. */
function importsOf(network, name, from) {
  const line = /^(\S+ \S+) .*(?:Produced|Imported) (?:empty )?block #([\d,]+) /gm;
  const text = readFileSync(join(network.folder, 'nodes', name, 'log'), 'utf8');
  return [...text.matchAll(line)]
    .map(([, time, number]) => ({ time: Date.parse(time.replace(' ', 'T')), number: Number(number.replaceAll(',', '')) }))
    .filter(({ number }) => number > from);
}

/** Watches for so many seconds; `say` gets a line now and then. */
export async function soak(network, seconds, say = () => {}) {
  const { block_period_ms: period } = JSON.parse(await network.do('status', '--json'));
  const manifest = manifestOf(network);
  const [{ ports }] = await network.ofTier('rpc');
  const from = await network.height();
  const missedBefore = await missedRounds(network);
  const residentOf = async () => {
    const processes = await network.status();
    return new Map(processes.map((each) => [each.name, each.resident_bytes]));
  };
  const total = (resident) => [...resident.values()].reduce((sum, each) => sum + each, 0);
  const residentBefore = await residentOf();
  const roundsBefore = await Promise.all(manifest.feeds.map((feed) => latestRound(ports.http, feed.address)));
  let oldest = 0;
  let most = total(residentBefore);
  const end = performance.now() + 1000 * seconds;
  const start = performance.now();
  for (let looks = 1; performance.now() < end; ++looks) {
    await sleep(Math.min(1000, Math.max(0, end - performance.now())));
    await network.look();
    const head = await call(ports.http, 'eth_getBlockByNumber', ['latest', false]);
    for (const feed of manifest.feeds) {
      const round = await latestRound(ports.http, feed.address);
      if (round) oldest = Math.max(oldest, Number(head.timestamp) - round.updatedAt);
    }
    if (looks % 30 !== 0) continue;
    const resident = total(await residentOf());
    most = Math.max(most, resident);
    say(`${((performance.now() - start) / 1000).toFixed(0)} s: block ${Number(head.number)}, ${mebibytes(resident)} MiB, ${await missedRounds(network) - missedBefore} missed rounds`);
  }
  const residentAfter = await residentOf();
  const off = (await network.ofTier('validator')).flatMap(({ name }) => {
    const imports = importsOf(network, name, from);
    return imports.slice(1).map((each, index) => Math.abs(each.time - imports[index].time - period));
  }).sort((a, b) => a - b);
  const rounds = await Promise.all(manifest.feeds.map((feed) => latestRound(ports.http, feed.address)));
  return {
    period,
    blocks: await network.height() - from,
    offP50: quantile(off, 0.5),
    offP99: quantile(off, 0.99),
    offMax: off.at(-1),
    missed: await missedRounds(network) - missedBefore,
    feeds: manifest.feeds.map((feed, index) => ({
      name: feed.description,
      rounds: Number((rounds[index]?.round ?? 0n) - (roundsBefore[index]?.round ?? 0n)),
      heartbeat: feed.heartbeatSeconds ?? feed.heartbeat_seconds,
    })),
    oldestAnswer: oldest,
    residentBefore: total(residentBefore),
    residentAfter: total(residentAfter),
    residentMost: Math.max(most, total(residentAfter)),
    growth: [...residentAfter].map(([name, bytes]) => ({ name, bytes: bytes - (residentBefore.get(name) ?? 0) })),
  };
}

export function soakText(report) {
  return [
    `${report.blocks} blocks; interval off from ${report.period} ms by p50 ${report.offP50}, p99 ${report.offP99}, max ${report.offMax} ms`,
    `${report.missed} missed rounds`,
    `feeds: ${report.feeds.map((each) => `${each.name} ${each.rounds} rounds`).join(', ')}; oldest answer ${report.oldestAnswer} s`,
    `memory: ${mebibytes(report.residentBefore)} MiB at first, ${mebibytes(report.residentAfter)} at last, at most ${mebibytes(report.residentMost)}`,
    `  ${report.growth.map((each) => `${each.name} ${(each.bytes / 2 ** 20).toFixed(1)}`).join(', ')}`,
  ].join('\n');
}
