// SPDX-License-Identifier: Apache-2.0
// What @ethereumjs/devp2p asks of the node's chain and pool, and tells it.
import { RLP } from '@ethereumjs/rlp';
import { createLegacyTx } from '@ethereumjs/tx';
import { bytesToHex, bytesToInt, hexToBytes } from '@ethereumjs/util';
import { keccak256 } from 'ethereum-cryptography/keccak.js';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { accounts } from '../clients/support/node.mjs';
import { chainId, commonOf, startValidator, until } from './support/chain.mjs';
import { OtherClient } from './support/peer.mjs';

const NUMBER = 8;  // a header's field
const NEW_POOLED_TRANSACTION_HASHES = 0x08;
const TRANSACTIONS = 0x02;

describe('the eth protocol with @ethereumjs/devp2p', () => {
  let node;
  let client;
  let connection;
  before(async () => {
    node = await startValidator();
    await until(async () => Number(await node.ask('eth_blockNumber')) >= 3, 'three blocks');
    client = await new OtherClient(node.genesisHash).start();
    connection = await client.dial(node.enode);
  });
  after(() => {
    client?.stop();
    return node?.stop();
  });

  const hashOf = (header) => bytesToHex(keccak256(RLP.encode(header)));
  const numbersOf = (headers) => headers.map((header) => bytesToInt(header[NUMBER]));
  const payment = (nonce) => createLegacyTx(
    { nonce, gasPrice: 0, gasLimit: 21000, to: accounts[1].address, value: 1 },
    { common: commonOf(node.genesisHash) },
  ).sign(hexToBytes(accounts[0].key));

  it('serves headers by number, with gaps, and backwards', async () => {
    assert.deepEqual(numbersOf(await connection.headers(0, 3)), [0, 1, 2]);
    assert.deepEqual(numbersOf(await connection.headers(0, 2, 1)), [0, 2]);
    assert.deepEqual(numbersOf(await connection.headers(2, 10, 0, true)), [2, 1, 0]);
    assert.deepEqual(await connection.headers(1_000_000, 1), []);
    const [genesis] = await connection.headers(0, 1);
    assert.equal(hashOf(genesis), node.genesisHash);
  });

  it('serves headers by the hash that JSON-RPC tells', async () => {
    // The hash of a QBFT block leaves out its seals, so it is not the hash of the header.
    const block = await node.ask('eth_getBlockByNumber', '0x2', false);
    assert.deepEqual(numbersOf(await connection.headers(hexToBytes(block.hash), 1)), [2]);
    assert.deepEqual(await connection.headers(hexToBytes(`0x${'01'.repeat(32)}`), 1), []);
  });

  it('takes a transaction, mines it, and serves its block and receipt', async () => {
    const transaction = payment(0);
    connection.eth.sendMessage(TRANSACTIONS, [transaction.raw()]);
    const hash = bytesToHex(transaction.hash());
    const receipt = await until(() => node.ask('eth_getTransactionReceipt', hash), 'the receipt');
    assert.equal(receipt.status, '0x1');

    const [body] = await connection.ask('GetBlockBodies', [hexToBytes(receipt.blockHash)]);
    const [transactions, ommers] = body;
    assert.equal(ommers.length, 0);
    assert.equal(bytesToHex(RLP.encode(transactions[0])), bytesToHex(transaction.serialize()));

    const [receipts] = await connection.ask('GetReceipts', [hexToBytes(receipt.blockHash)]);
    assert.equal(receipts.length, 1);
    const [status, gas, bloom, logs] = receipts[0];
    assert.deepEqual([bytesToInt(status), bytesToInt(gas), bloom.length, logs.length],
      [1, 21000, 256, 0]);
  });

  it('answers in part where it does not have everything', async () => {
    const unknown = hexToBytes(`0x${'02'.repeat(32)}`);
    assert.deepEqual(await connection.ask('GetBlockBodies', [unknown]), []);
    assert.deepEqual(await connection.ask('GetReceipts', [unknown]), []);
    assert.deepEqual(await connection.ask('GetPooledTransactions', [unknown]), []);
  });

  it('announces a transaction, or sends it, and serves it from the pool', async () => {
    // A nonce too far: it waits in the pool, where it is neither mined nor told of.
    const waiting = payment(5);
    const sent = payment(1);
    await node.ask('eth_sendRawTransaction', bytesToHex(waiting.serialize()));
    await node.ask('eth_sendRawTransaction', bytesToHex(sent.serialize()));
    const hash = bytesToHex(sent.hash());
    const told = await until(() => connection.messages.find(({ code, payload }) =>
      (code === NEW_POOLED_TRANSACTION_HASHES && payload[2].some((one) => bytesToHex(one) === hash))
      || (code === TRANSACTIONS
        && payload.some((one) => bytesToHex(keccak256(RLP.encode(one))) === hash))),
    'the announcement');
    if (told.code === NEW_POOLED_TRANSACTION_HASHES) {
      const place = told.payload[2].findIndex((one) => bytesToHex(one) === hash);
      assert.equal(told.payload[0][place], 0);
      assert.equal(bytesToInt(told.payload[1][place]), sent.serialize().length);
    }
    const pooled = await connection.ask('GetPooledTransactions', [waiting.hash()]);
    assert.equal(bytesToHex(RLP.encode(pooled[0])), bytesToHex(waiting.serialize()));
  });

  it('is of the chain that it says', () => {
    assert.equal(BigInt(bytesToHex(connection.status.chainId)), BigInt(chainId));
  });
});
