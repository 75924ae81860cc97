/** What the user's Ctrl-C, or a signal to end, does to the program. */
export class Interruption {
  readonly #controller = new AbortController();
  #exitCode: number | undefined;

  /**
   * Listens for SIGHUP, SIGINT and SIGTERM. The first aborts {@link signal}; one that comes a second
   * later or more ends the process at once, since then something hangs.
   */
  static listen(): Interruption {
    const interruption = new Interruption();
    let first: number | undefined;
    for (const [name, number] of [
      ['SIGHUP', 1],
      ['SIGINT', 2],
      ['SIGTERM', 15],
    ] as const) {
      process.on(name, () => {
        // A terminal and npm may both deliver the same Ctrl-C.
        if (first !== undefined && performance.now() - first > 1000) process.exit(interruption.#exitCode);
        first ??= performance.now();
        interruption.#exitCode ??= 128 + number;
        interruption.#controller.abort();
      });
    }
    // Nobody reads on, as with `| head`: the same as SIGPIPE, which Node ignores.
    process.stdout.on('error', () => {
      interruption.#exitCode ??= 128 + 13;
      interruption.#controller.abort();
    });
    return interruption;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** 128 plus the signal's number, once there was one. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }
}
