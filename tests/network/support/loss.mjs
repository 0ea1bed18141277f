// SPDX-License-Identifier: Apache-2.0
// Packets that the kernel drops by chance, TCP and UDP, in this process's own network namespace.
//
// nftables, not netem: netem is a module that the kernels of small virtual machines and containers often lack, while
// nf_tables is wherever there is a firewall. And it drops at some ports only, so that the test's own requests get through.
import { execFileSync } from 'node:child_process';

const nft = (input) => execFileSync('nft', ['-f', '-'], { input });
const list = () => JSON.parse(execFileSync('nft', ['--json', 'list', 'chain', 'inet', 'loss', 'lossy'], { encoding: 'utf8' }));

export class PacketLoss {
  /** Of what goes to these ports, or comes from them; none is lost yet. */
  constructor(ports) {
    const set = `{ ${ports.join(', ')} }`;
    nft(`
      table inet loss {
        chain lossy { }
        chain arriving {
          type filter hook input priority filter;
          meta l4proto { tcp, udp } th dport ${set} goto lossy
          meta l4proto { tcp, udp } th sport ${set} goto lossy
        }
      }`);
  }

  /** From now on so many of a hundred packets, in each direction. */
  set(percent) {
    nft(`flush chain inet loss lossy
      add rule inet loss lossy counter
      ${percent > 0 ? `add rule inet loss lossy numgen random mod 100 < ${percent} counter drop` : ''}`);
  }

  /** Since the last set(): how many packets there were, and how many of them were dropped. */
  counts() {
    const [packets = 0, dropped = 0] = list().nftables.flatMap(({ rule }) => rule?.expr ?? [])
      .flatMap(({ counter }) => (counter ? [counter.packets] : []));
    return { packets, dropped };
  }
}
