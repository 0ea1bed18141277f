// SPDX-License-Identifier: Apache-2.0
// Nodes that come and go.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { call, meta138, small, withNetwork } from './support/local-network.mjs';

it('validators are voted in and out, other nodes just come and go', async () => {
  await withNetwork(small, async (network) => {
    const early = await meta138('network', 'add', '--dir', network.folder, 'validator');
    assert.equal(early.code, 1);
    assert.match(early.stderr, /validators have to vote/);
    await network.up();
    const [{ ports }] = await network.ofTier('rpc');
    const validators = () => call(ports.http, 'qbft_getValidatorsByBlockNumber', ['latest']);
    const before = await validators();

    assert.match(await network.do('add', 'validator'), /validator-5 is a validator/);
    await network.progress(1);
    const five = await validators();
    assert.equal(five.length, 5);
    assert.ok(before.every((each) => five.includes(each)));

    assert.match(await network.do('remove', 'validator-1'), /validator-1 is no validator any more/);
    await network.progress(1);
    const four = await validators();
    assert.equal(four.length, 4);
    assert.equal(await network.find('validator-1'), undefined);
    assert.ok(existsSync(join(network.folder, 'removed', 'validator-1', 'key')), 'its key is kept');
    for (const each of await network.ofTier('validator'))
      assert.deepEqual(await call(each.ports.http, 'qbft_getPendingVotes'), {}, 'no vote is left');

    await network.do('add', 'sentry');
    await network.do('add', 'rpc');
    await network.do('add', 'archive');
    await network.do('remove', 'sentry-1');
    await network.do('remove', 'rpc-1');
    await network.progress(3);
    const names = (await network.status()).map((each) => each.name).sort();
    assert.deepEqual(names, ['archive-1', 'rpc-2', 'sentry-2', 'sentry-3', 'validator-2', 'validator-3', 'validator-4',
      'validator-5']);
    await network.assertNothingReverted();

    await network.down();
    await network.up();
    await network.progress(3);
    await network.assertNothingReverted();

    const last = await meta138('network', 'remove', '--dir', network.folder, 'sentry-9');
    assert.equal(last.code, 1);
  });
});
