// SPDX-License-Identifier: Apache-2.0
// Validators as processes: they decide, and come back from what operators see.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eventually, withNetwork } from './support/network.mjs';

for (const validators of [1, 4, 7]) {
  it(`${validators} validators decide blocks, each proposes in turn`, async () => {
    await withNetwork({ validators }, async (network) => {
      await network.reach(validators + 3);
      // A round that is lost while peers still connect passes one of them over.
      await eventually(async () => {
        const head = await network.validators[0].height();
        const blocks = await Promise.all(
          Array.from({ length: validators }, (_, index) => network.validators[0].block(head - index)));
        return new Set(blocks.map((each) => each.miner)).size === validators;
      }, `${validators} blocks in turn`, 4 * validators);
    });
  });
}

it('goes on with one validator of four killed, and takes it back', async () => {
  await withNetwork({ validators: 4 }, async (network) => {
    await network.reach(3);
    for (const victim of network.validators) {
      await victim.stop('SIGKILL');
      await network.progress(4);
      await victim.start();
      await network.progress(4);
    }
  });
});

it('stands still without a quorum, and goes on when it is back', async () => {
  await withNetwork({ validators: 4 }, async (network) => {
    await network.reach(2);
    const [first, second] = network.validators;
    await first.stop('SIGKILL');
    await second.stop('SIGKILL');
    const height = await network.height();
    await new Promise((resolve) => setTimeout(resolve, 8000));
    assert.ok(await network.height() <= height + 1);
    await first.start();
    await network.progress(3, { seconds: 60 });
    await second.start();
    await network.progress(3);
  });
});

it('goes on after all were killed at once', async () => {
  await withNetwork({ validators: 4 }, async (network) => {
    for (let round = 1; round <= 3; ++round) {
      const height = await network.height();
      await network.reach(height + 3);
      const last = await network.height();
      await Promise.all(network.validators.map((each) => each.stop('SIGKILL')));
      await network.start();
      assert.ok(await network.height() >= last - 1);
    }
    await network.progress(3);
  });
});

it('takes back a validator that was stopped for a while', async () => {
  await withNetwork({ validators: 4 }, async (network) => {
    await network.reach(2);
    const [stopped, ...rest] = network.validators;
    stopped.node.signal('SIGSTOP');
    const height = await rest[0].height();
    await network.reach(height + 5, { members: rest });
    stopped.node.signal('SIGCONT');
    await network.progress(5);
  });
});

it('makes no block on either side of a partition, and one chain after it', async () => {
  await withNetwork({ validators: 4 }, async (network) => {
    await network.reach(2);
    const links = network.between(network.validators.slice(0, 2), network.validators.slice(2));
    for (const how of ['cut', 'swallow']) {
      for (const link of links) link[how]();
      const height = await network.height();
      await new Promise((resolve) => setTimeout(resolve, 8000));
      assert.ok(await network.height() <= height + 1);
      for (const link of links) link.heal();
      await network.progress(3, { seconds: 60 });
    }
  });
});

it('decides although pieces of what is sent come late', async () => {
  await withNetwork({ validators: 4 }, async (network) => {
    for (const share of [0.05, 0.3]) {
      for (const link of network.between(network.validators, network.validators)) link.lose(share);
      await network.progress(6, { seconds: 90 });
    }
  });
});

it('adds a validator by vote, and removes it', async () => {
  await withNetwork({ validators: 4, standby: 1 }, async (network) => {
    await network.reach(2);
    const [candidate] = network.standby;
    const list = () => network.validators[0].call('qbft_getValidatorsByBlockNumber', ['latest']);
    for (const [add, count] of [[true, 5], [false, 4]]) {
      for (const each of network.validators)
        assert.equal(await each.call('qbft_proposeValidatorVote', [candidate.address, add]), true);
      await eventually(async () => (await list()).length === count, `${count} validators`, 60);
      for (const each of network.validators)
        await each.call('qbft_discardValidatorVote', [candidate.address]);
      await network.progress(6);
      const miners = await Promise.all([0, 1, 2, 3, 4].map(
        async (back) => (await network.validators[0].block(await network.validators[0].height() - back)).miner));
      assert.equal(miners.includes(candidate.address), add);
    }
  });
});
