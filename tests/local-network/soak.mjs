#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// soak.mjs [--minutes N] [INIT OPTIONS...]
//
// A network like that of `make up`, watched for N minutes (10). META138 is the program `meta138`. Exits with 1 when a
// round was missed, a feed was stale, memory grew by more than a tenth, or blocks came more than 100 ms off at p99.
import { withNetwork } from './support/local-network.mjs';
import { soak, soakText } from './support/soak.mjs';

const words = process.argv.slice(2);
let minutes = 10;
const at = words.indexOf('--minutes');
if (at >= 0) [, minutes] = words.splice(at, 2).map(Number);
if (!process.env.META138 || !(minutes > 0)) {
  console.error('usage: META138=build/release/apps/meta138/meta138 tests/local-network/soak.mjs [--minutes N] [INIT OPTIONS...]');
  process.exit(2);
}
await withNetwork(words, async (network) => {
  await network.up('--timeout', '120');
  await network.progress(5);
  const report = await soak(network, 60 * minutes, console.log);
  console.log(soakText(report));
  const isFresh = report.feeds.every((each) => report.oldestAnswer <= each.heartbeat + 10);
  const isFlat = report.residentAfter <= 1.1 * report.residentBefore;
  await network.assertNothingReverted();
  if (report.missed > 0 || !isFresh || !isFlat || report.offP99 > 100) process.exitCode = 1;
});
