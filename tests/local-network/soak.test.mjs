// SPDX-License-Identifier: Apache-2.0
// The short form of soak.mjs: nothing is timed here.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { withNetwork } from './support/local-network.mjs';
import { soak, soakText } from './support/soak.mjs';

it('the network that make up starts misses no round, and its feeds stay fresh', async () => {
  await withNetwork([], async (network) => {
    await network.up('--timeout', '90');
    await network.progress(2); // peers are still connecting before
    const report = await soak(network, 30);
    console.log(soakText(report));
    assert.equal(report.missed, 0);
    assert.ok(report.feeds.every((each) => report.oldestAnswer <= each.heartbeat + 10), 'feeds are fresh');
    const heights = (await network.look()).map((each) => each.height);
    assert.ok(Math.max(...heights) - Math.min(...heights) <= 1, `heights ${heights}`);
    await network.assertNothingReverted();
  });
});
