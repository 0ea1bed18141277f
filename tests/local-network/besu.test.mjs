// SPDX-License-Identifier: Apache-2.0
// Genesis and keys in the form of Besu's `operator generate-blockchain-config`, in both directions.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { it } from 'node:test';
import { call, LocalNetwork, run, temporaryFolder } from './support/local-network.mjs';

const node = join(dirname(process.env.META138), '..', 'meta138-node', 'meta138-node');

/** The configuration of Besu's tutorial for QBFT, with a quicker chain of another number. */
const plan = {
  genesis: {
    config: { chainId: 1337, berlinBlock: 0, qbft: { blockperiodseconds: 1, epochlength: 30000, requesttimeoutseconds: 4 } },
    nonce: '0x0',
    timestamp: '0x58ee40ba',
    gasLimit: '0x47b760',
    difficulty: '0x1',
    mixHash: '0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365',
    coinbase: '0x0000000000000000000000000000000000000000',
    alloc: { fe3b557e8fb62b89f4916b721be55ceb828dbd73: { balance: '0xad78ebc5ac6200000' } },
  },
  blockchain: { nodes: { generate: true, count: 4 } },
};

async function generate() {
  const folder = temporaryFolder();
  const config = join(folder, 'qbftConfigFile.json');
  const to = join(folder, 'networkFiles');
  writeFileSync(config, JSON.stringify(plan));
  const { code, stderr } = await run(node, ['operator', 'generate-blockchain-config', `--config-file=${config}`, `--to=${to}`]);
  assert.equal(code, 0, stderr);
  return to;
}

it('a network runs with the genesis and the keys of a folder in that form', async () => {
  const files = await generate();
  const network = new LocalNetwork();
  try {
    await network.init('--from-besu', files, '--sentries', '1', '--rpc', '1', '--archive', '0', '--no-oracle');
    assert.equal(readFileSync(join(network.folder, 'genesis.json'), 'utf8'), readFileSync(join(files, 'genesis.json'), 'utf8'));
    assert.match(await network.up(), /the deployer has no money on this chain/);
    await network.reach(2);
    const [{ ports }] = await network.ofTier('rpc');
    assert.equal(await call(ports.http, 'eth_chainId'), '0x539');
    assert.deepEqual(new Set(await call(ports.http, 'qbft_getValidatorsByBlockNumber', ['latest'])),
      new Set(readdirSync(join(files, 'keys'))));
  } finally {
    assert.deepEqual(await network.destroy(), []);
  }
});

it('what is made here, Besu can read: a genesis of its keys, and keys of one line of hexadecimal digits', async () => {
  const network = new LocalNetwork();
  await network.init('--no-oracle');
  const genesis = JSON.parse(readFileSync(join(network.folder, 'genesis.json'), 'utf8'));
  assert.deepEqual(Object.keys(genesis.config).sort(),
    ['berlinBlock', 'cancunTime', 'chainId', 'londonBlock', 'qbft', 'shanghaiTime']);
  assert.equal(genesis.config.chainId, 138);
  assert.match(genesis.extraData, /^0xf8[0-9a-f]+$/);
  for (let number = 1; number <= 4; ++number)
    assert.match(readFileSync(join(network.folder, 'nodes', `validator-${number}`, 'key'), 'utf8'), /^0x[0-9a-f]{64}\n$/);
  for (const enode of JSON.parse(readFileSync(join(network.folder, 'nodes', 'sentry-1', 'static-nodes.json'), 'utf8')))
    assert.match(enode, /^enode:\/\/[0-9a-f]{128}@127\.0\.0\.1:\d+\?discport=0$/);
});
