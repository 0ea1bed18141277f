// SPDX-License-Identifier: Apache-2.0
// node on-node.cjs NODE FORGE
//
// A contract that is compiled against Chainlink's interfaces reads a feed on a chain of NODE
// (meta138-node), through its JSON-RPC.
const assert = require('node:assert/strict');
const { spawn, execFile } = require('node:child_process');
const { promisify } = require('node:util');

const [, , program, forge] = process.argv;
// The first of the accounts that every development chain has (Hardhat's and Foundry's).
const key = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';
const price = '0xa035b1fe'; // price()

function startNode() {
  const node = spawn(program, ['--color-enabled=false', '--dev', '--rpc-http-port=0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  const isUp = new Promise((resolve, reject) => {
    const read = (chunk) => {
      log += chunk;
      const port = /JSON-RPC service started and listening on [^\s]*:(\d+)/.exec(log)?.[1];
      if (port && log.includes('Ethereum main loop is up')) resolve(`http://127.0.0.1:${port}`);
    };
    node.stdout.on('data', read);
    node.stderr.on('data', read);
    node.once('error', reject);
    node.once('exit', (code) => reject(new Error(`the node ended with ${code}:\n${log}`)));
  });
  return { node, isUp };
}

async function call(url, to, data) {
  const body = { jsonrpc: '2.0', id: 1, method: 'eth_call', params: [{ to, data }, 'latest'] };
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return response.json();
}

async function test(url) {
  const { stdout } = await promisify(execFile)(
    forge,
    ['script', 'test/consumer/DeployLender.s.sol:DeployLender', '--broadcast', '--rpc-url', url,
      '--private-key', key],
    { env: { ...process.env, FOUNDRY_BROADCAST: 'test/out-consumer/broadcast' }, timeout: 240_000 },
  );
  assert.match(stdout, /ONCHAIN EXECUTION COMPLETE & SUCCESSFUL/);
  const address = (name) =>
    new RegExp(`${name}: contract Lender (0x[0-9a-fA-F]{40})`).exec(stdout)[1];

  const answer = await call(url, address('lender'), price);
  assert.equal(BigInt(answer.result), 2000n * 10n ** 18n);
  console.log('a lender reads 2000 from the feed');

  const refusal = await call(url, address('lenderWithoutPrice'), price);
  assert.equal(refusal.error.code, 3);
  assert.match(refusal.error.message, /No data present/);
  console.log('a lender whose feed has no round is told "No data present"');
}

const { node, isUp } = startNode();
isUp
  .then(test)
  .catch((error) => {
    console.error(error);
    process.exitCode = 1;
  })
  .finally(() => {
    node.removeAllListeners('exit');
    node.kill('SIGTERM');
  });
