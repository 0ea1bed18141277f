// SPDX-License-Identifier: Apache-2.0
// Machines whose clocks differ.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { withNetwork } from './support/network.mjs';

const miners = async (member, from, to) => {
  const blocks = await Promise.all(Array.from({ length: to - from + 1 }, (_, index) => member.block(from + index)));
  return blocks.map((each) => each.miner);
};

it('decides without a lost round while clocks are half a second apart', async () => {
  await withNetwork({ validators: 4, started: false }, async (network) => {
    const offsets = [-250, -100, 100, 250];
    network.validators.forEach((each, index) => { each.args = [`--Xclock-offset=${offsets[index]}`]; });
    await network.start();
    await network.reach(4);
    const before = await network.height();
    const timeouts = await network.timeouts();
    await network.progress(12);
    assert.equal(new Set(await miners(network.validators[0], before + 1, before + 12)).size, 4);
    assert.equal(await network.timeouts(), timeouts);
  });
});

it('goes on without the blocks of one whose clock is far ahead, or far behind', async () => {
  for (const offset of [20_000, -20_000]) {
    await withNetwork({ validators: 4, started: false }, async (network) => {
      const [wrong] = network.validators;
      wrong.args = [`--Xclock-offset=${offset}`];
      await network.start();
      await network.reach(4, { seconds: 90 });
      await network.progress(8, { seconds: 90 });
    });
  }
});
