// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { startProcess } from './publisher.mjs';

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A meta138-signer with the keys of some accounts, on a port that stays over restarts. */
export class Signer {
  constructor(folder, chainId, nodePort, accounts) {
    Object.assign(this, { folder, chainId, nodePort });
    this.keys = join(folder, 'keys');
    mkdirSync(this.keys, { recursive: true });
    for (const account of accounts)
      writeFileSync(join(this.keys, `${account.address}.yaml`),
        `type: file-raw\nkeyType: SECP256K1\nprivateKey: "${account.privateKey}"\n`, { mode: 0o600 });
  }

  async start() {
    this.port ??= await freePort();
    this.process = await startProcess(process.env.META138_SIGNER, [
      `--data-path=${join(this.folder, 'data')}`, `--key-config-path=${this.keys}`, `--http-listen-port=${this.port}`,
      'eth1', `--chain-id=${this.chainId}`, `--downstream-http-port=${this.nodePort}`,
    ], /listening|ready|started/i);
    return this;
  }

  get log() { return this.process?.log ?? ''; }
  stop(signal) { return this.process?.stop(signal); }
  /** What a publisher's configuration says of it. */
  for(account) {
    return { url: `http://127.0.0.1:${this.port}`, account: account.address, timeout: '1s' };
  }
}
