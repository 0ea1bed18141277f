// SPDX-License-Identifier: Apache-2.0
// The signer as a JSON-RPC endpoint: ethers and web3.js call it as if it were the node
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ethers } from 'ethers';
import { Web3 } from 'web3';
import {
  accounts, allOutput, call, freePort, post, signerArgs, signerFolder, startNode, startSigner, until,
} from './support/processes.mjs';

const [alice, bob] = accounts;
const from = alice.address;

const typedData = {
  types: {
    EIP712Domain: [
      { name: 'name', type: 'string' }, { name: 'version', type: 'string' },
      { name: 'chainId', type: 'uint256' }, { name: 'verifyingContract', type: 'address' }],
    Person: [{ name: 'name', type: 'string' }, { name: 'wallet', type: 'address' }],
    Mail: [
      { name: 'from', type: 'Person' }, { name: 'to', type: 'Person[]' }, { name: 'contents', type: 'string' }],
  },
  primaryType: 'Mail',
  domain: { name: 'Ether Mail', version: '1', chainId: 138, verifyingContract: `0x${'c'.repeat(40)}` },
  message: {
    from: { name: 'Cow', wallet: alice.address },
    to: [{ name: 'Bob', wallet: bob.address }],
    contents: 'Hello, Bob!',
  },
};

describe('JSON-RPC through the signer', () => {
  let node;
  let other;
  let signer;
  before(async () => {
    node = await startNode();
    other = await startNode();
    const args = signerArgs(signerFolder([alice.key, bob.key]), node);
    args.eth1.push(`--additional-chains=1380=${other.url}`, '--downstream-chain-id-check=warn');
    signer = await startSigner(args);
  });
  after(async () => {
    await signer?.stop();
    await Promise.all([node?.stop(), other?.stop()]);
  });

  it('lists its accounts', async () => {
    const listed = [alice, bob].map((each) => each.address.toLowerCase()).sort();
    assert.deepEqual(await call(signer.url, 'eth_accounts'), listed);
    const refused = await post(signer.url, { jsonrpc: '2.0', id: 7, method: 'eth_accounts', params: [1] });
    assert.equal(refused.status, 400);
    assert.equal(refused.body.error.code, -32602);
    assert.equal(refused.body.id, 7);
    assert.equal(await call(signer.url, 'health_status'), 'OK');
  });

  it('is a signer for ethers', async () => {
    const provider = new ethers.JsonRpcProvider(signer.url, undefined, { pollingInterval: 50 });
    try {
      const account = await provider.getSigner(from);
      const sent = await account.sendTransaction({ to: bob.address, value: 5n });
      const receipt = await sent.wait();
      assert.equal(receipt.status, 1);
      assert.equal((await provider.getTransaction(sent.hash)).type, 2);
      assert.equal(ethers.verifyMessage('words', await account.signMessage('words').catch(
        () => account._legacySignMessage('words'))), from);
      const { EIP712Domain, ...types } = typedData.types;
      const signature = await account.signTypedData(typedData.domain, types, typedData.message);
      assert.equal(
        ethers.verifyTypedData(typedData.domain, types, typedData.message, signature), from);
      // Two sends at once, and a contract.
      const both = await Promise.all([1n, 2n].map((value) => account.sendTransaction({ to: bob.address, value })));
      for (const each of both) assert.equal((await each.wait()).status, 1);
      const created = await account.sendTransaction({ data: '0x6001600c60003960016000f300' });
      assert.equal(await provider.getCode((await created.wait()).contractAddress), '0x00');
    } finally {
      provider.destroy();
    }
  });

  it('is a signer for web3.js', async () => {
    const web3 = new Web3(signer.url);
    const receipt = await web3.eth.sendTransaction({ from, to: bob.address, value: '3' });
    assert.equal(receipt.status, 1n);
    const signature = await web3.eth.sign(web3.utils.utf8ToHex('words'), from);
    assert.equal(ethers.verifyMessage('words', signature), from);
    const typed = await web3.eth.signTypedData(from, typedData);
    const { EIP712Domain, ...types } = typedData.types;
    assert.equal(ethers.verifyTypedData(typedData.domain, types, typedData.message, typed), from);
  });

  it('signs typed data by each of its three names, as an object or as text', async () => {
    const { EIP712Domain, ...types } = typedData.types;
    for (const method of ['eth_signTypedData', 'eth_signTypedData_v3', 'eth_signTypedData_v4'])
      for (const data of [typedData, JSON.stringify(typedData)]) {
        const signature = await call(signer.url, method, [from, data]);
        assert.equal(ethers.verifyTypedData(typedData.domain, types, typedData.message, signature), from);
      }
    const wrong = await post(signer.url, {
      jsonrpc: '2.0', id: 1, method: 'eth_signTypedData', params: [from, { ...typedData, primaryType: 'None' }] });
    assert.equal(wrong.body.error.code, -32602);
  });

  it('signs messages that are hex or text', async () => {
    assert.equal(ethers.verifyMessage(ethers.getBytes('0xdeadbeef'),
      await call(signer.url, 'eth_sign', [from, '0xdeadbeef'])), from);
    assert.equal(ethers.verifyMessage('grüezi', await call(signer.url, 'eth_sign', [from, 'grüezi'])), from);
    const unknown = await post(signer.url, {
      jsonrpc: '2.0', id: 1, method: 'eth_sign', params: [`0x${'1'.repeat(40)}`, '0x'] });
    assert.equal(unknown.status, 200);
    assert.deepEqual(unknown.body.error, { code: -32000, message: 'No unlocked account matches the Sender' });
    const short = await post(signer.url, { jsonrpc: '2.0', id: 1, method: 'eth_sign', params: [from] });
    assert.equal(short.status, 400);
    assert.equal(short.body.error.code, -32602);
  });

  it('signs transactions without sending them', async () => {
    const tx = { from, to: bob.address, nonce: '0x7', gas: '0x5208', gasPrice: '0x3b9aca00', value: '0x1', chainId: '0x8a' };
    const legacy = ethers.Transaction.from(await call(signer.url, 'eth_signTransaction', [tx]));
    assert.equal(legacy.from, from);
    assert.equal(legacy.chainId, 138n);
    assert.equal(legacy.type, 0);
    const { gasPrice, ...rest } = tx;
    const dynamic = ethers.Transaction.from(await call(signer.url, 'eth_signTransaction', [
      { ...rest, maxFeePerGas: '0x77359400', maxPriorityFeePerGas: '0x1', accessList: [{ address: from, storageKeys: [] }] }]));
    assert.equal(dynamic.type, 2);
    assert.equal(dynamic.accessList.length, 1);
    assert.equal(dynamic.from, from);
    const none = await post(signer.url, {
      jsonrpc: '2.0', id: 1, method: 'eth_signTransaction', params: [{ ...tx, nonce: undefined }] });
    assert.equal(none.status, 400);
    assert.equal(none.body.error.code, -32602);
    const wrongChain = await post(signer.url, {
      jsonrpc: '2.0', id: 1, method: 'eth_signTransaction', params: [{ ...tx, chainId: '0x1' }] });
    assert.match(wrongChain.body.error.message, /chainId/);
  });

  it('asks the node for gas and fees, and passes its refusals on', async () => {
    const hash = await call(signer.url, 'eth_sendTransaction', [{ from, to: bob.address, value: '0x1' }]);
    const sent = await call(node.url, 'eth_getTransactionByHash', [hash]);
    assert.equal(sent.gas, '0x5208');
    assert.ok(BigInt(sent.maxFeePerGas) > 0n);
    const before = await call(node.url, 'eth_getTransactionCount', [from, 'latest']);
    await assert.rejects(call(signer.url, 'eth_sendTransaction', [{ from, data: '0xfe' }]), /.+/);
    await assert.rejects(
      call(signer.url, 'eth_sendTransaction', [{ from, to: bob.address, gas: '0x5208', value: '0xffffffffffffffffffffffff' }]),
      /.+/);
    // What was refused has cost no nonce.
    await call(signer.url, 'eth_sendTransaction', [{ from, to: bob.address }]);
    const now = await until('mined', async () => {
      const count = await call(node.url, 'eth_getTransactionCount', [from, 'latest']);
      return count === before ? undefined : count;
    });
    assert.equal(BigInt(now), BigInt(before) + 1n);
  });

  it('refuses a sender that it has no key of', async () => {
    const { status, body } = await post(signer.url, {
      jsonrpc: '2.0', id: 1, method: 'eth_sendTransaction', params: [{ from: `0x${'1'.repeat(40)}` }] });
    assert.equal(status, 400);
    assert.deepEqual(body.error, { code: -32000, message: 'No unlocked account matches the Sender' });
  });

  it('passes everything else on, headers included', async () => {
    assert.equal(await call(signer.url, 'eth_chainId'), '0x8a');
    const block = await call(signer.url, 'eth_getBlockByNumber', ['0x0', false]);
    assert.equal(block.hash, (await call(node.url, 'eth_getBlockByNumber', ['0x0', false])).hash);
    const unknown = await post(signer.url, { jsonrpc: '2.0', id: 'x', method: 'no_suchMethod', params: [] });
    assert.deepEqual(unknown.body,
      (await post(node.url, { jsonrpc: '2.0', id: 'x', method: 'no_suchMethod', params: [] })).body);
    const garbage = await post(signer.url, '{"jsonrpc":');
    assert.equal(garbage.status, 400);
    assert.equal(garbage.body.error.code, -32700);
  });

  it('answers batches, of its own methods, of the node\'s, and of both', async () => {
    const request = (id, method, params = []) => ({ jsonrpc: '2.0', id, method, params });
    const mixed = await post(signer.url, [
      request(1, 'eth_accounts'), request('two', 'eth_chainId'),
      request(3, 'eth_sign', [from, '0x12']), request(4, 'no_suchMethod'),
      request(5, 'eth_sendTransaction', [{ from, to: bob.address, value: '0x1' }])]);
    assert.equal(mixed.status, 200);
    assert.deepEqual(mixed.body.map((each) => each.id), [1, 'two', 3, 4, 5]);
    assert.equal(mixed.body[1].result, '0x8a');
    assert.ok(mixed.body[3].error);
    assert.match(mixed.body[4].result, /^0x[0-9a-f]{64}$/);
    const passed = await post(signer.url, [request(1, 'eth_chainId'), request(2, 'net_version')]);
    assert.deepEqual(passed.body.map((each) => each.result), ['0x8a', '138']);
    const empty = await post(signer.url, []);
    assert.equal(empty.body.error.code, -32600);
    const large = await post(signer.url, Array.from({ length: 1025 }, (_, i) => request(i, 'eth_accounts')));
    assert.equal(large.status, 413);
    assert.equal(large.body.error.code, -32005);
  });

  it('serves further chains at their paths', async () => {
    // The other node says 138 too, which this signer was told to accept with a warning.
    assert.match(signer.log, /has chain id 138, not 1380/);
    assert.equal(await call(`${signer.url}/chains/1380`, 'eth_chainId'), '0x8a');
    const raw = await call(`${signer.url}/chains/1380`, 'eth_signTransaction', [
      { from, nonce: '0x0', gas: '0x5208', gasPrice: '0x1', to: bob.address, chainId: '0x564' }]);
    assert.equal(ethers.Transaction.from(raw).chainId, 1380n);
    const wrong = await post(signer.url, { jsonrpc: '2.0', id: 1, method: 'eth_signTransaction', params: [
      { from, nonce: '0x0', gas: '0x5208', gasPrice: '0x1', to: bob.address, chainId: '0x564' }] });
    assert.equal(wrong.body.error.code, -32602);
    assert.equal((await post(`${signer.url}/chains/1`, {})).status, 404);
  });

  it('refuses other Host headers and pages of other origins', async () => {
    const { request } = await import('node:http');
    const status = (headers) => new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port: signer.port, method: 'GET', path: '/upcheck', headers }, (answer) => {
        let body = '';
        answer.on('data', (chunk) => { body += chunk; });
        answer.on('end', () => resolve([answer.statusCode, body]));
      });
      sent.once('error', reject);
      sent.end();
    });
    assert.deepEqual(await status({ host: 'evil.example' }), [403, '{"message":"Host not authorized."}']);
    assert.deepEqual(await status({ host: 'LOCALHOST:1' }), [200, 'OK']);
  });
});

describe('a chain id', () => {
  it('that the node does not have refuses the start', async () => {
    const node = await startNode();
    try {
      const folder = signerFolder([alice.key]);
      await assert.rejects(startSigner(signerArgs(folder, node, 1)), /has chain id 138, and 1 is configured/);
    } finally {
      await node.stop();
    }
  });

  it('is asked for again when a node comes back', async () => {
    const port = await freePort();
    const signer = await startSigner(signerArgs(signerFolder([alice.key]), { port }, 5));
    const node = await startNode([], port);
    try {
      // A node that has just failed is left alone for a moment.
      for (let i = 0; i < 100 && !/has chain id 138, not 5: nothing is sent to it/.test(signer.log); ++i) {
        const answer = await post(signer.url, { jsonrpc: '2.0', id: 1, method: 'eth_blockNumber', params: [] });
        assert.equal(answer.status, 504);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      assert.match(signer.log, /has chain id 138, not 5: nothing is sent to it/);
    } finally {
      await signer.stop();
      await node.stop();
    }
  });
});

describe('what was printed', () => {
  it('holds no key', () => {
    for (const account of accounts)
      assert.ok(!allOutput().toLowerCase().includes(account.key.slice(2)), 'a key was printed');
  });
});
