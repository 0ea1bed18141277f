// SPDX-License-Identifier: Apache-2.0
// A whole network: nodes, contracts, signer, and two publishers.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { call, eventually, withNetwork } from './support/local-network.mjs';
import { latestRound, manifestOf } from './support/feeds.mjs';

const options = ['--validators', '4', '--sentries', '1', '--rpc', '1', '--archive', '1', '--oracles', '2',
  '--block-period', '500', '--round-timeout', '2'];

it('deploys once, updates feeds, and outlives the death of everybody who updates them', async () => {
  await withNetwork(options, async (network) => {
    const said = await network.up('--timeout', '90');
    assert.match(said, /deployed FeedRegistry/);
    assert.match(said, /prices, which are made up: ETH \/ USD \d+\.\d+, BTC \/ USD \d+\.\d+, EUR \/ USD \d+\.\d+/);
    assert.match(said, /wallet_addEthereumChain/);
    assert.match(said, /cast call 0x/);
    const manifest = manifestOf(network);
    const [{ ports }] = await network.ofTier('rpc');
    for (const each of manifest.contracts)
      assert.notEqual(await call(ports.http, 'eth_getCode', [each.address, 'latest']), '0x', each.name);

    const before = await network.status();
    const again = await network.up();
    assert.doesNotMatch(again, /deployed|configured|starting/);
    assert.deepEqual((await network.status()).map((each) => each.pid), before.map((each) => each.pid));
    assert.deepEqual(manifestOf(network), manifest);

    let reader = ports.http;
    const rounds = () => Promise.all(manifest.feeds.map((feed) => latestRound(reader, feed.address)));
    const nextRounds = async (what) => {
      const old = await rounds();
      await eventually(async () => (await rounds()).some((each, index) => each.round > old[index].round), `a round after ${what}`, 90);
    };
    await nextRounds('the start');
    for (const name of ['oracle-1', 'signer', 'prices', 'rpc-1']) {
      process.kill((await network.find(name)).pid, 'SIGKILL');
      await network.progress(1);
      await nextRounds(`the death of ${name}`);
      assert.equal((await network.find(name)).restarts, 1, name);
    }
    await network.assertNothingReverted();
    await network.down();
    await network.up();
    await nextRounds('a night');

    await network.do('add', 'rpc');
    await network.do('remove', 'rpc-1');
    const [{ ports: others }] = await network.ofTier('rpc');
    reader = others.http;
    for (const file of ['signer/config.yaml', 'oracle-1/config.toml', 'oracle-2/config.toml']) {
      const text = readFileSync(join(network.folder, file), 'utf8');
      assert.ok(!text.includes(String(ports.http)), `${file} names a node that has gone`);
      assert.ok(text.includes(String(others.http)), `${file} does not name the new node`);
    }
    await nextRounds('another RPC node');
  });
});
