import { type ChildProcess, fork } from 'node:child_process';
import type { Build } from './build.js';
import { type Order, type Play, type Prepare, type Ready, type Slice, SLOWED } from './protocol.js';

/** A process with one build of the library, which does what it is told. */
export class Player {
  readonly #child: ChildProcess;
  readonly #ended: Promise<never>;
  readonly #gone: Promise<unknown>;

  private constructor(child: ChildProcess, name: string) {
    this.#child = child;
    this.#gone = new Promise((gone) => child.once('exit', gone));
    this.#ended = this.#gone.then(() => {
      const how = child.signalCode ?? `exit code ${child.exitCode}`;
      throw new Error(`the process of ${name} ended by itself (${how})`);
    });
    // Nobody waits between two orders.
    this.#ended.catch(() => undefined);
  }

  /** @param slowed per cent, on purpose. */
  static start(program: string, { name, library }: Build, slowed: number, signal: AbortSignal): Player {
    const env = { ...process.env, NODE_OPTIONS: '', [SLOWED]: String(slowed) };
    const player = new Player(fork(program, [library], { env, execArgv: [] }), name);
    signal.addEventListener('abort', player.#kill);
    void player.#gone.then(() => {
      signal.removeEventListener('abort', player.#kill);
    });
    return player;
  }

  prepare(order: Omit<Prepare, 'order'>): Promise<Ready> {
    return this.#ask({ order: 'prepare', ...order }) as Promise<Ready>;
  }

  play(order: Omit<Play, 'order'>): Promise<Slice> {
    return this.#ask({ order: 'play', ...order }) as Promise<Slice>;
  }

  async end(): Promise<void> {
    this.#kill();
    await this.#gone;
  }

  readonly #kill = (): void => {
    this.#child.kill('SIGKILL');
  };

  async #ask(order: Order): Promise<unknown> {
    const answered = new Promise((answer) => this.#child.once('message', answer));
    // Where it is gone, that is told by its end.
    this.#child.send(order, () => undefined);
    return Promise.race([answered, this.#ended]);
  }
}
