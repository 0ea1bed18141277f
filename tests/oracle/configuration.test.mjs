// SPDX-License-Identifier: Apache-2.0
// What is wrong with a configuration is told at the start, with its line.
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { run, temporaryFolder } from '../clients/support/node.mjs';

const program = process.env.META138_ORACLE;
const folder = temporaryFolder();
const keyFile = join(folder, 'key');
// The first account of development chains: everybody knows it.
writeFileSync(keyFile, '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80\n', { mode: 0o600 });

const good = `name = "oracle-1"
[chain]
id = 1381
endpoints = ["http://127.0.0.1:1"]
[signer]
key_file = "key"
[http]
port = 0
[[source]]
name = "exchange"
kind = "http"
url = "http://127.0.0.1:1/{symbol}"
price = "price"
[[feed]]
name = "ETH/USD"
address = "0x00000000000000000000000000000000000000fe"
heartbeat = "1h"
deviation = "0.5%"
[[feed.source]]
source = "exchange"
symbol = "ETH-USD"
`;

async function start(text, args = []) {
  const file = join(folder, 'oracle.toml');
  writeFileSync(file, text);
  return run(program, ['run', `--config=${file}`, ...args], { timeout: 10_000, env: { ...process.env, NO_COLOR: '1' } });
}

const refused = {
  'a key that does not exist': [(text) => text.replace('deviation', 'deviatoin'), 18, /deviatoin/],
  'a value of the wrong type': [(text) => text.replace('port = 0', 'port = "web"'), 8, /port/],
  'no duration': [(text) => text.replace('"1h"', '"often"'), 17, /heartbeat/],
  'a share that is none': [(text) => text.replace('"0.5%"', '"0.5"'), 18, /deviation/],
  'a source that does not exist': [(text) => text.replace('source = "exchange"', 'source = "exchnge"'), 20, /exchnge.*exchange/],
  'an address that is none': [(text) => text.replace('00fe"', '00f"'), 16, /address/],
  'a URL that is none': [(text) => text.replace('"http://127.0.0.1:1"', '"127.0.0.1"'), 4, /endpoints/],
  'no feed': [(text) => text.slice(0, text.indexOf('[[feed]]')), 0, /feed/],
  'text that is no TOML': [(text) => text.replace('id = 1381', 'id ='), 3, /./],
};

for (const [what, [spoil, line, reason]] of Object.entries(refused)) {
  it(`refuses ${what}`, async () => {
    const { code, stderr } = await start(spoil(good));
    assert.equal(code, 2, stderr);
    assert.match(stderr, reason);
    if (line !== 0) assert.match(stderr, new RegExp(`oracle\\.toml:${line}: `));
  });
}

it('refuses a file that is not there, and unknown options', async () => {
  assert.equal((await run(program, ['--config=/nonexistent.toml'])).code, 2);
  assert.equal((await run(program, ['--confg=x'])).code, 2);
  assert.equal((await run(program, ['publish'])).code, 2);
});

it('refuses a key that others may read, and tells no secret', async () => {
  chmodSync(keyFile, 0o644);
  const { code, stdout, stderr } = await start(good);
  chmodSync(keyFile, 0o600);
  assert.notEqual(code, 0);
  assert.match(stderr, /others may read it/);
  assert.doesNotMatch(stdout + stderr, /ac0974/);
});

it('helps', async () => {
  const { code, stdout } = await run(program, ['--help']);
  assert.equal(code, 0);
  for (const word of ['run', 'check', 'simulate-prices', '--dry-run', '--config']) assert.match(stdout, new RegExp(word));
});
