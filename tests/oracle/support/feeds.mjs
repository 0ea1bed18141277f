// SPDX-License-Identifier: Apache-2.0
// Feeds on a chain, as their operator makes them and their readers see them.
import { readFileSync } from 'node:fs';
import { Contract, ContractFactory, Interface, JsonRpcProvider, Network, NonceManager, Wallet, ZeroAddress } from 'ethers';

const artifacts = new Map(JSON.parse(readFileSync(process.env.META138_ARTIFACTS, 'utf8'))
  .contracts.map((each) => [each.name, each]));

export function connect(url, chainId) {
  return new JsonRpcProvider(url, Network.from(chainId), {
    staticNetwork: true, polling: true, pollingInterval: 100, batchMaxCount: 1, cacheTimeout: -1,
  });
}

export const wallet = (key, provider) => new NonceManager(new Wallet(key, provider));

async function create(owner, name, ...args) {
  const { abi, creationCode } = artifacts.get(name);
  const contract = await new ContractFactory(abi, creationCode, owner).deploy(...args);
  await contract.waitForDeployment();
  return contract.getAddress();
}

export const DECIMALS = 8;
export const toPrice = (answer) => Number(answer) / 10 ** DECIMALS;

/** A feed that only takes what is due; `settings` in place of the defaults here. */
export class Feed {
  static async deploy(owner, implementation, description, transmitters, settings = {}) {
    const { abi } = artifacts.get('Aggregator');
    const call = new Interface(abi).encodeFunctionData('initialize', [
      description, DECIMALS,
      {
        heartbeat: 3600, deviationBps: 100, maxObservationAge: 300, skipsNeedless: false,
        minAnswer: 1n, maxAnswer: 2n ** 95n - 1n, historySize: 0, ...settings,
      },
      await owner.getAddress(), ZeroAddress, transmitters,
    ]);
    const feed = new Feed();
    feed.address = await create(owner, 'FeedProxy', implementation, call);
    feed.contract = new Contract(feed.address, abi, owner);
    return feed;
  }

  static implementation(owner) { return create(owner, 'Aggregator'); }

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
