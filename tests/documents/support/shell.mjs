// SPDX-License-Identifier: Apache-2.0
// One shell, as somebody has it open who follows a document.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class Shell {
  #child;
  #output = '';
  #onOutput = () => {};
  #file = join(tmpdir(), `meta138-document-${process.pid}.sh`);

  constructor(folder, env) {
    this.#child = spawn('bash', ['--noprofile', '--norc', '-s'],
      { cwd: folder, env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream.on('data', (chunk) => { this.#output += chunk; this.#onOutput(); });
    this.#child.once('close', () => { this.#onOutput(); });
    this.#child.stdin.on('error', () => {});
    this.#child.stdin.write('exec 2>&1\n'); // in the order in which it was said
  }

  /** Each line as if typed; the first that fails ends the block. Gives the exit code and what was printed. */
  run(text, seconds = 60) {
    const mark = `@@ended-${Math.random()}`;
    // A function keeps variables and the folder; the ERR trap leaves it without ending the shell.
    writeFileSync(this.#file, `block() {\ntrap 'code=$?; trap - ERR; return $code' ERR\n${text}\ntrap - ERR\n}\n`);
    this.#output = '';
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.end();
        reject(new Error(`not within ${seconds} s: ${text}${this.#output}`));
      }, 1000 * seconds);
      this.#onOutput = () => {
        const end = new RegExp(`${mark.replace('.', '\\.')} (\\d+)\n`).exec(this.#output);
        if (!end && this.#child.exitCode === null && this.#child.signalCode === null) return;
        clearTimeout(timer);
        this.#onOutput = () => {};
        if (end) resolve({ code: Number(end[1]), output: this.#output.slice(0, end.index) });
        else reject(new Error(`the shell has ended: ${text}${this.#output}`));
      };
      this.#child.stdin.write(`source '${this.#file}'\nset -o pipefail\nblock </dev/null; echo "${mark} $?"\n`);
    });
  }

  /** With everything that it has left running. */
  end() {
    try {
      process.kill(-this.#child.pid, 'SIGTERM');
    } catch { /* it has ended */ }
  }
}
