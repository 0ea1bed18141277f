// SPDX-License-Identifier: Apache-2.0
// The test run of a Hardhat 3 project
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run, withNode } from './support/node.mjs';

it('runs the tests of a Hardhat 3 project', async () => {
  await withNode([], async (node) => {
    const { code, stdout, stderr } = await run(process.execPath,
      [fileURLToPath(new URL('node_modules/hardhat/dist/src/cli.js', import.meta.url)), 'test', 'nodejs'],
      {
        cwd: fileURLToPath(new URL('hardhat', import.meta.url)),
        env: {
          ...process.env,
          META138_URL: node.http,
          HARDHAT_DISABLE_TELEMETRY_PROMPT: 'true',
          NODE_TEST_CONTEXT: undefined, // or its own tests say nothing
        },
      });
    assert.equal(code, 0, stdout + stderr + node.log.slice(-4000));
    assert.match(stdout, /6 passing/);
  });
});
