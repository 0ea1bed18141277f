// SPDX-License-Identifier: Apache-2.0
import { network } from 'hardhat';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

describe('Counter', async () => {
  const { ethers, networkHelpers } = await network.create('meta138');
  const deploy = () => ethers.deployContract('Counter', [41n]);

  it('counts', async () => {
    const counter = await deploy();
    await (await counter.increment()).wait();
    assert.equal(await counter.number(), 42n);
  });

  it('has events', async () => {
    const counter = await deploy();
    await (await counter.increment()).wait();
    const [event] = await counter.queryFilter(counter.filters.Counted());
    assert.equal(event.args.number, 42n);
  });

  it('starts anew from a fixture', async () => {
    const one = await networkHelpers.loadFixture(deploy);
    await (await one.increment()).wait();
    const two = await networkHelpers.loadFixture(deploy);
    assert.equal(await two.number(), 41n);
  });

  it('moves time', async () => {
    const before = await networkHelpers.time.latest();
    await networkHelpers.time.increase(3600);
    assert.ok((await networkHelpers.time.latest()) >= before + 3600);
  });

  it('mines, and sets balances, code and storage', async () => {
    const start = await ethers.provider.getBlockNumber();
    await networkHelpers.mine(5);
    assert.equal(await ethers.provider.getBlockNumber(), start + 5);
    const address = '0x00000000000000000000000000000000000000aa';
    await networkHelpers.setBalance(address, 5n);
    assert.equal(await ethers.provider.getBalance(address), 5n);
    await networkHelpers.setCode(address, '0x6001');
    assert.equal(await ethers.provider.getCode(address), '0x6001');
    await networkHelpers.setStorageAt(address, 1, 7);
    assert.equal(BigInt(await ethers.provider.getStorage(address, 1)), 7n);
  });

  it('sends as an account whose key nobody has', async () => {
    const address = '0x00000000000000000000000000000000000000bb';
    await networkHelpers.impersonateAccount(address);
    await networkHelpers.setBalance(address, ethers.parseEther('1'));
    const counter = await deploy();
    const signer = await ethers.getSigner(address);
    const receipt = await (await counter.connect(signer).increment()).wait();
    assert.equal(receipt.from.toLowerCase(), address.toLowerCase());
    await networkHelpers.stopImpersonatingAccount(address);
  });
});
