// SPDX-License-Identifier: Apache-2.0
// A chain that began with IBFT 2 and goes on with QBFT (`startBlock`): besu-eth/besu#2991.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import { run } from '../clients/support/node.mjs';
import { protocolOf } from './support/genesis.mjs';
import { eventually, withNetwork } from './support/network.mjs';

const startBlock = 6;
const last = startBlock - 1; // of IBFT 2
const options = {
  validators: 4,
  started: false,
  config: { ibft2: { blockperiodseconds: 1, epochlength: 30000 } },
  qbft: { startblock: startBlock },
};

/** The file of the old network's blocks, sealed by the validators. */
async function oldChain(network) {
  const file = join(network.folder, 'ibft2.rlp');
  const { code, stderr } = await run(process.env.META138_IBFT2_CHAIN,
    [network.genesisFile, file, ...network.validators.map((each) => each.keyFile)]);
  assert.equal(code, 0, stderr);
  return file;
}

/** Blocks are of the one protocol, then of the other, and qbft_ methods know both (besu-eth/besu#10679). */
async function assertSwitched(network) {
  const members = network.validators.map((each) => each.address).sort();
  for (const each of network.up) {
    assert.equal(protocolOf(await each.block(last)), 'ibft2');
    assert.equal(protocolOf(await each.block(startBlock)), 'qbft');
    for (const number of [0, last, startBlock])
      assert.deepEqual(await each.call('qbft_getValidatorsByBlockNumber', [`0x${number.toString(16)}`]), members);
    const metrics = await each.call('qbft_getSignerMetrics', ['0x1', 'latest']);
    assert.deepEqual(metrics.map(({ address }) => address).sort(), members);
    const proposed = metrics.reduce((sum, { proposedBlockCount }) => sum + Number(proposedBlockCount), 0);
    assert.ok(proposed >= startBlock, `${proposed} blocks proposed`);
  }
}

it('validators take an IBFT 2 chain over, though most lack its last block and all are killed at the switch', async () => {
  await withNetwork(options, async (network) => {
    const file = await oldChain(network);
    const [complete, ...others] = network.validators;
    await complete.import(file, last);
    for (const each of others) await each.import(file, last - 1);
    await network.start();
    // Kills at the last block of the one protocol, and at the first blocks of the other.
    for (let number = last; number <= startBlock + 2; ++number) {
      await network.reach(number, { seconds: 90 });
      await Promise.all(network.validators.map((each) => each.stop('SIGKILL')));
      await network.start();
      assert.ok(await network.height() >= number - 1);
    }
    await network.progress(4, { seconds: 90 });
    await assertSwitched(network);
  });
});

it('goes over the switch with one validator of four dead, takes it back, and serves who begins at genesis', async () => {
  await withNetwork({ ...options, others: 1 }, async (network) => {
    const file = await oldChain(network);
    for (const each of network.validators) await each.import(file, last);
    const [dead, ...alive] = network.validators;
    await network.start(alive);
    await network.reach(startBlock + 2, { seconds: 120 });
    await dead.start();
    const [newcomer] = network.others;
    await newcomer.start();
    await network.progress(4, { seconds: 90 });
    await assertSwitched(network);
    await eventually(async () => {
      const miners = await Promise.all([0, 1, 2, 3].map(
        async (back) => (await newcomer.block(await newcomer.height() - back)).miner));
      return miners.includes(dead.address);
    }, 'a block of the one that was dead', 60);
  });
});
