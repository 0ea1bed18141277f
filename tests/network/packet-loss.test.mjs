// SPDX-License-Identifier: Apache-2.0
// Lost packets, by the kernel: `run` gives this test a network namespace of its own.
import { execFileSync } from 'node:child_process';
import { it } from 'node:test';
import { withNetwork } from './support/network.mjs';

const lose = (percent) => execFileSync('tc', ['qdisc', 'replace', 'dev', 'lo', 'root', 'netem', 'loss', `${percent}%`]);

it('decides while five to thirty percent of all packets are lost', async () => {
  await withNetwork({ validators: 4 }, async (network) => {
    for (const percent of [5, 15, 30]) {
      lose(percent);
      await network.progress(5, { seconds: 120 });
    }
    lose(0);
    await network.progress(3);
  });
});
