// SPDX-License-Identifier: Apache-2.0
// Feeds on a chain, as their operator makes them and their readers see them.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Contract, JsonRpcProvider, Network, NonceManager, Wallet } from 'ethers';
import { run } from '../../clients/support/node.mjs';

const abi = JSON.parse(readFileSync(process.env.META138_ARTIFACTS, 'utf8'))
  .contracts.find((each) => each.name === 'Aggregator').abi;

export function connect(url, chainId) {
  return new JsonRpcProvider(url, Network.from(chainId), {
    staticNetwork: true, polling: true, pollingInterval: 100, batchMaxCount: 1, cacheTimeout: -1,
  });
}

export const wallet = (key, provider) => new NonceManager(new Wallet(key, provider));

export const DECIMALS = 8;
export const toPrice = (answer) => Number(answer) / 10 ** DECIMALS;

class Feed {
  constructor(address, provider) {
    this.address = address;
    this.contract = new Contract(address, abi, provider);
  }

  async latest() {
    const { roundId, answer, updatedAt } = await this.contract.latestRoundData();
    return { round: Number(roundId), price: toPrice(answer), updatedAt: Number(updatedAt) };
  }

  /** Every round, by its events: number, answer, block and who wrote it. */
  async rounds() {
    const [answers, starts] = await Promise.all(
      [this.contract.filters.AnswerUpdated(), this.contract.filters.NewRound()]
        .map((filter) => this.contract.queryFilter(filter, 0)));
    return answers.map((each, index) => ({
      round: Number(each.args.roundId), price: toPrice(each.args.current),
      block: each.blockNumber, author: starts[index].args.startedBy,
    }));
  }
}

/** Runs `meta138 deploy` with this plan; returns the registry's address and the feeds, by their base. */
export async function deploy({ folder, url, key, provider, plan }) {
  const [planFile, keyFile, manifestFile] = ['deploy.toml', 'deployer', 'manifest.json'].map((name) => join(folder, name));
  writeFileSync(planFile, plan);
  writeFileSync(keyFile, key, { mode: 0o600 });
  const { code, stderr } = await run(process.env.META138_OPERATOR,
    ['deploy', planFile, '--url', url, '--key-file', keyFile, '--manifest', manifestFile]);
  assert.equal(code, 0, stderr);
  const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));
  return {
    registry: manifest.contracts.find((each) => each.name === 'FeedRegistry').address,
    feeds: Object.fromEntries(manifest.feeds.map((each) => [each.base, new Feed(each.address, provider)])),
  };
}
