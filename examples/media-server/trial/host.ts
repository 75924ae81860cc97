import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ServerStats } from '../server.js';
import type { Settings } from '../settings.js';

/** How a server's process is. */
export interface Health extends ServerStats {
  /** That are open, of any kind. */
  descriptors: number;
  residentBytes: number;
  cpuSeconds: number;
  /** How late a timer of 1 ms came, which it waits itself and libuv rounds up: since the start, or the last reset. */
  delayMs: { p50: number; p99: number; max: number };
}

/** A server in a process of its own. */
export class Host implements AsyncDisposable {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  /** `join` sees the process's id before it has read anything. */
  static async start(settings: Settings, join?: (pid: number) => void): Promise<Host> {
    const program = fileURLToPath(new URL('host.child.ts', import.meta.url));
    const child = fork(program, [JSON.stringify(settings)], { execArgv: ['--import=tsx'] });
    const started = Promise.race([once(child, 'message'), once(child, 'exit')]);
    join?.(child.pid!);
    const [message] = (await started) as [unknown];
    if (typeof message !== 'object' || message === null) throw new Error('the server did not start');
    return new Host(child, (message as { port: number }).port);
  }

  /** As it is now. With `reset`, delays count from now on. */
  async health(reset = false): Promise<Health> {
    const answer = once(this.#child, 'message');
    this.#child.send(reset ? 'reset' : 'health');
    const [health] = (await answer) as [Health];
    return health;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.disconnect();
    await exit;
  }
}
