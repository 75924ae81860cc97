/** Milliseconds of sending in one turn of the event loop; everything else waits meanwhile. */
const TURN_MS = 2;

/**
 * Shares the turns of the event loop. What is sent to a socket is copied by the kernel there and then, and the blocks of many
 * clients may be ready at once.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  /** When this turn's share is used up; undefined before the first of it. */
  #end: number | undefined;

  /** Calls `send` now, or in a later turn, in the order of the calls. */
  run(send: () => void): void {
    if (this.#end === undefined) this.#begin();
    if (this.#waiting.length > 0 || performance.now() > this.#end!) this.#waiting.push(send);
    else send();
  }

  #begin(): void {
    this.#end = performance.now() + TURN_MS;
    setImmediate(this.#next);
  }

  readonly #next = (): void => {
    this.#end = undefined;
    if (this.#waiting.length === 0) return;
    this.#begin();
    while (this.#waiting.length > 0 && performance.now() <= this.#end!) this.#waiting.shift()!();
  };
}
