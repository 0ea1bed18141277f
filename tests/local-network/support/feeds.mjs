// SPDX-License-Identifier: Apache-2.0
// The feeds of a local network, as manifest.json names them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { call } from './local-network.mjs';

export const manifestOf = (network) => JSON.parse(readFileSync(join(network.folder, 'manifest.json'), 'utf8'));

/** latestRoundData() of an AggregatorV3; undefined while it has none. */
export async function latestRound(port, address) {
  let words;
  try {
    words = (await call(port, 'eth_call', [{ to: address, data: '0xfeaf968c' }, 'latest'])).slice(2).match(/.{64}/g);
  } catch (error) {
    if (error.code === 3) return undefined; // reverted: No data present
    throw error;
  }
  const [round, answer, startedAt, updatedAt, answeredInRound] = words.map((each) => BigInt(`0x${each}`));
  return { round: round & 0xffffffffffffffffn, answer, startedAt: Number(startedAt), updatedAt: Number(updatedAt), answeredInRound };
}
