// SPDX-License-Identifier: Apache-2.0
// cast, and a deployment with forge
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { accounts, run, startNode, temporaryFolder } from './support/node.mjs';

const folder = fileURLToPath(new URL('foundry', import.meta.url));
const tool = (name) => fileURLToPath(
  new URL(`node_modules/@foundry-rs/${name}-linux-amd64/bin/${name}`, import.meta.url));

describe('Foundry', () => {
  let node;
  before(async () => { node = await startNode(); });
  after(() => node?.stop());

  async function cast(...args) {
    const { code, stdout, stderr } = await run(tool('cast'), [...args, '--rpc-url', node.http]);
    assert.equal(code, 0, stderr);
    return stdout.trim();
  }
  const forge = (...args) => run(tool('forge'), args, {
    cwd: folder, env: { ...process.env, FOUNDRY_OFFLINE: 'true', HOME: temporaryFolder() },
  });

  it('cast reads the chain', async () => {
    assert.equal(await cast('chain-id'), '138');
    assert.equal(await cast('balance', accounts[1].address, '--ether'), '10000.000000000000000000');
    assert.match(await cast('block', 'latest', '--field', 'gasLimit'), /^30000000$/);
    assert.ok(Number(await cast('gas-price')) > 0);
    assert.match(await cast('client'), /^anvil\/meta138/);
  });

  it('cast sends and looks up a transaction', async () => {
    const sent = JSON.parse(await cast('send', accounts[1].address, '--value', '1ether',
      '--private-key', accounts[0].key, '--json'));
    assert.equal(sent.status, '0x1');
    assert.equal(await cast('receipt', sent.transactionHash, 'status'), 'true');
    assert.equal(JSON.parse(await cast('tx', sent.transactionHash, '--json')).value, '0xde0b6b3a7640000');
  });

  it('cast sends for an account that the node signs for', async () => {
    const sent = JSON.parse(await cast('send', accounts[1].address, '--value', '1', '--unlocked',
      '--from', accounts[0].address, '--json'));
    assert.equal(sent.status, '0x1');
  });

  it('forge deploys with a script, also through CREATE2', async () => {
    const { code, stdout, stderr } = await forge('script', 'script/Deploy.s.sol:Deploy', '--broadcast',
      '--rpc-url', node.http, '--private-key', accounts[0].key);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /ONCHAIN EXECUTION COMPLETE & SUCCESSFUL/);
    const plain = /plain: contract Counter (0x[0-9a-fA-F]{40})/.exec(stdout)[1];
    const salted = /salted: contract Counter (0x[0-9a-fA-F]{40})/.exec(stdout)[1];
    assert.equal(await cast('call', plain, 'number()(uint256)'), '42');
    assert.equal(await cast('call', salted, 'number()(uint256)'), '7');
    assert.match(await cast('logs', '--from-block', '0', '--address', plain, 'Counted(uint256)'), /0x/);
  });

  it('cast replays a transaction with the traces of the node', async () => {
    const sent = JSON.parse(await cast('send', accounts[1].address, '--value', '1', '--private-key',
      accounts[0].key, '--json'));
    const trace = await cast('rpc', 'debug_traceTransaction', sent.transactionHash,
      '{"tracer":"callTracer"}');
    assert.equal(JSON.parse(trace).type, 'CALL');
  });
});
