// SPDX-License-Identifier: Apache-2.0
// Lost packets, by the kernel: `run` gives this test a network namespace of its own.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eventually, withNetwork } from './support/network.mjs';
import { PacketLoss } from './support/loss.mjs';

const firstPort = 30303;
const loss = new PacketLoss([0, 1, 2, 3].map((index) => firstPort + index));

const spread = async (network) => {
  const heights = await Promise.all(network.validators.map((each) => each.height()));
  return Math.max(...heights) - Math.min(...heights);
};

it('decides while five to thirty percent of all packets are lost, and loses no round two blocks later', async (t) => {
  await withNetwork({ validators: 4, firstPort }, async (network) => {
    await network.reach(3);
    for (const percent of [5, 15, 30]) {
      loss.set(percent);
      const before = await network.timeouts();
      const seconds = await network.progress(8, { seconds: 200 });
      const { packets, dropped } = loss.counts();
      // A counter that counts shows that it was not calm.
      assert.ok(dropped > 0 && packets > dropped, `${dropped} of ${packets} packets dropped`);
      const rounds = await network.timeouts() - before;
      const behind = await spread(network);

      loss.set(0);
      const recovery = await network.progress(2, { seconds: 60 });
      const timeouts = await network.timeouts();
      await network.progress(5);
      assert.equal(await network.timeouts(), timeouts, 'rounds are lost although no packet is');
      t.diagnostic(`${percent} %: ${dropped} of ${packets} packets dropped, 8 blocks in ${seconds.toFixed(1)} s, `
        + `${rounds} time-outs, the last ${behind} behind; then 2 blocks in ${recovery.toFixed(1)} s`);
    }
  });
});

it('takes back a validator that starts while thirty percent of all packets are lost', async (t) => {
  await withNetwork({ validators: 4, firstPort }, async (network) => {
    await network.reach(3);
    loss.set(30);
    const [victim] = network.validators;
    await victim.stop('SIGKILL');
    await network.progress(3, { seconds: 200 });
    await victim.start();
    const seconds = await network.reach(await network.height() + 1, { seconds: 200 });
    t.diagnostic(`the block after its start in ${seconds.toFixed(1)} s`);
    loss.set(0);
    await network.progress(3);
  });
});

it('validators that know one bootnode find each other while thirty percent of all packets are lost', async (t) => {
  await withNetwork({ validators: 4, firstPort, discovers: true, started: false }, async (network) => {
    loss.set(30);
    const start = performance.now();
    await network.start();
    await eventually(async () => {
      const peers = await Promise.all(network.validators.map((each) => each.call('net_peerCount')));
      return peers.every((each) => Number(each) === 3);
    }, 'all have three peers', 200);
    t.diagnostic(`found in ${((performance.now() - start) / 1000).toFixed(1)} s`);
    await network.progress(2, { seconds: 200 });
    loss.set(0);
    await network.progress(3);
  });
});
