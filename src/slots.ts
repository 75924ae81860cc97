/** Who is told of an operation's result: bytes, or a negative errno. Must not throw. */
export interface Settler {
  settle(tag: number, result: number): void;
}

/** The slots of a queue's operations: each names one until it has settled, to the native part by a number. */
export class Slots {
  readonly #owners: (Settler | undefined)[] = [];
  readonly #tags: number[] = [];
  readonly #free: number[] = [];

  /** A free slot, now its owner's; `tag` is told with the result. */
  take(owner: Settler, tag: number): number {
    const slot = this.#free.pop() ?? this.#owners.length;
    this.#owners[slot] = owner;
    this.#tags[slot] = tag;
    return slot;
  }

  /** Frees a slot; the owner it had, if any. */
  free(slot: number): Settler | undefined {
    const owner = this.#owners[slot];
    if (owner === undefined) return undefined;
    this.#owners[slot] = undefined;
    this.#free.push(slot);
    return owner;
  }

  /** What the slot's last owner gave, until it is taken again. */
  tagOf(slot: number): number {
    return this.#tags[slot] as number;
  }
}
