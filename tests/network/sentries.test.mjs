// SPDX-License-Identifier: Apache-2.0
// Validators that see sentries only.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { withNetwork } from './support/network.mjs';

it('validators behind three sentries decide, and the loss of any sentry costs a round at most', async () => {
  await withNetwork({ validators: 4, sentries: 3 }, async (network) => {
    await network.reach(4);
    for (const validator of network.validators) {
      const peers = await validator.call('admin_peers');
      assert.deepEqual(new Set(peers.map((each) => each.id)),
        new Set(network.sentries.map((each) => `0x${each.id}`)));
    }
    for (const sentry of network.sentries) {
      const before = await network.height();
      await sentry.stop('SIGKILL');
      // One round's time-out (2 s) and the block's own period, not more.
      await network.progress(3, { seconds: 15 });
      const blocks = await Promise.all([1, 2, 3].map((next) => network.validators[0].block(before + next)));
      const gaps = blocks.slice(1).map((block, index) => Number(block.timestamp) - Number(blocks[index].timestamp));
      assert.ok(Math.max(...gaps) <= 4, `gaps between blocks: ${gaps} s`);
      await sentry.start();
      await network.progress(3);
    }
  });
});

it('a sentry tells nothing to those who are no validators of what it relays', async () => {
  await withNetwork({ validators: 4, sentries: 1, others: 1 }, async (network) => {
    await network.reach(4);
    const [outsider] = network.others;
    const received = await outsider.metric('meta138_qbft_messages_received_total');
    assert.equal(received ?? 0, 0);
  });
});
