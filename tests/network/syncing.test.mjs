// SPDX-License-Identifier: Apache-2.0
// Nodes that lag, and nodes that are new.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eventually, withNetwork } from './support/network.mjs';

it('a new node fetches two thousand blocks while blocks are made, and then keeps up', async () => {
  const options = { validators: 4, others: 1, started: false, qbft: { xblockperiodmilliseconds: 20 } };
  await withNetwork(options, async (network) => {
    await network.start(network.validators);
    await network.reach(2000, { seconds: 300 });
    const [joining] = network.others;
    await joining.start();
    await network.reach(2000, { members: [joining], seconds: 60 });
    await eventually(async () => {
      const [mine, theirs] = [await joining.height(), await network.validators[0].height()];
      return theirs - mine <= 5 && await joining.call('eth_syncing') === false;
    }, 'the new node is level with the others', 60);
    const height = await network.validators[0].height();
    await network.reach(height + 50, { members: [joining] });
  });
});

/** One wei from the funded account, signed for chain 1381, nonce 0. */
const TRANSACTION = '0x01f86382056580808252089470997970c51812dc3a010c7d01b50e0d17dc79c80180c001a0c9861cec4756de9dfa07b2ab'
  + '73e6904a22d72376b86326a00bf6bcf9670e1a4ca01ebd7f45eed044feee806f283d4d02a0f8c5183cd5fb04ed422fb73e7e170da4';

it('a transaction that an outsider took in is in a block soon', async () => {
  await withNetwork({ validators: 4, sentries: 1, others: 1 }, async (network) => {
    await network.reach(2);
    const [outsider] = network.others;
    const hash = await outsider.call('eth_sendRawTransaction', [TRANSACTION]);
    const receipt = await eventually(
      () => outsider.call('eth_getTransactionReceipt', [hash]), 'the receipt', 20);
    assert.equal(receipt.status, '0x1');
    for (const validator of network.validators) {
      await network.reach(Number(receipt.blockNumber), { members: [validator] });
      assert.equal((await validator.call('eth_getTransactionReceipt', [hash])).blockHash, receipt.blockHash);
    }
  });
});
