type Step = () => void | Promise<void>;

/** What must be undone, last first, however the program ends. */
export class Cleanup {
  readonly #steps: Step[] = [];
  readonly #controller = new AbortController();
  #exitCode: number | undefined;

  /** Listens for SIGINT, SIGTERM and SIGHUP, which abort {@link signal}. */
  static listen(): Cleanup {
    const cleanup = new Cleanup();
    for (const [name, number] of [
      ['SIGHUP', 1],
      ['SIGINT', 2],
      ['SIGTERM', 15],
    ] as const) {
      process.on(name, () => {
        cleanup.#exitCode ??= 128 + number;
        cleanup.#controller.abort(new Error(`stopped by ${name}`));
      });
    }
    return cleanup;
  }

  /** Aborts when the user wants to stop. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** 128 plus the number of the signal that stopped the program, if one did. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  add(step: Step): void {
    this.#steps.push(step);
  }

  /** Every step is taken, also when one before it fails. */
  async run(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error) {
        console.error(`clean-up: ${(error as Error).message}`);
      }
    }
  }
}
