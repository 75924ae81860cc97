import { inSteps } from '../call.js';
import { EIO } from '../errnos.js';
import { kernelError } from '../errors.js';
import type { OpenFile } from '../open-file.js';
import { PLAIN } from '../options.js';
import { writeInTurn } from '../single.js';
import { writeViews } from '../transfers.js';
import { Views } from '../views.js';
import type { Gathering, Part } from './gathering.js';
import { Ledger, type Entry } from './ledger.js';
import { takeBack } from './take-back.js';
import { WorthwhileDepth } from './worthwhile-depth.js';

/** As it is when the library is loaded: tests replace clocks. */
const { performance } = globalThis;

/** The writes of one stream that are under way, and what became of the others. */
export class WritesInFlight {
  readonly #file: OpenFile;
  readonly #ledger = new Ledger();
  readonly #depth: WorthwhileDepth;
  #count = 0;

  /** At most `most` of them. */
  constructor(file: OpenFile, most: number) {
    this.#file = file;
    // Appends come one after the other: one that fails must not be followed by one that does not.
    this.#depth = new WorthwhileDepth(file.facts.append ? 1 : most);
  }

  get count(): number {
    return this.#count;
  }

  /** Whether another one is of use now. */
  get admits(): boolean {
    return this.#count < this.#depth.limit && this.failure === undefined;
  }

  /** Bytes that are in the file without a gap; after {@link WritesInFlight.takeBack} all that have changed. */
  get bytes(): number {
    return this.#ledger.bytes;
  }

  get failure(): Error | undefined {
    return this.#ledger.failure;
  }

  /** Something else failed: nothing is begun any more. */
  fail(error: Error): void {
    this.#ledger.fail(error);
  }

  /** Writes what was gathered; settles, and never rejects, when the kernel is done with its memory. */
  async write(gathering: Gathering, usual: number): Promise<void> {
    const { append, block } = this.#file.facts;
    const parts = gathering.parts(block);
    const entries = parts.map(({ position, bytes }) => this.#ledger.begin(position, bytes.byteLength));
    const inFlight = ++this.#count;
    const begun = performance.now();
    const writes: Promise<void>[] = [];
    for (const [index, part] of parts.entries()) {
      // One append after the other.
      if (append) await writes.at(-1);
      writes.push(this.#writePart(part, entries[index] as Entry));
    }
    await Promise.all(writes);
    this.#count--;
    if (gathering.memory.byteLength === usual && this.failure === undefined) {
      this.#depth.note(performance.now() - begun, inFlight);
    }
  }

  /**
   * After a failure, when none is in flight: cuts off what was written behind it, if the file had `before` bytes. Position
   * behind what is there without a gap; undefined where that is all.
   */
  async takeBack(before: number): Promise<number | undefined> {
    const ledger = this.#ledger;
    const { gap, reach } = ledger;
    if (gap === undefined) return undefined;
    // A failed append has changed nothing, and others may have appended since.
    let size = this.#file.facts.append ? gap : Infinity;
    try {
      if (size > gap) size = await takeBack(this.#file, gap, reach, before);
    } catch {
      // It stays in the file then, and is counted. What failed first is what is told.
    }
    ledger.cover(size);
    return gap;
  }

  async #writePart(part: Part, entry: Entry): Promise<void> {
    if (this.#file.facts.append && this.failure !== undefined) {
      this.#ledger.end(entry, this.failure);
      return;
    }
    try {
      await inSteps(this.#file, async () => this.#writeAll(part, entry));
      this.#ledger.end(entry);
    } catch (error) {
      this.#ledger.end(entry, error as Error);
    }
  }

  /** A short write's successor tells why, by its error. */
  async #writeAll({ position, bytes }: Part, entry: Entry): Promise<void> {
    const file = this.#file;
    while (entry.moved < entry.length) {
      const rest = new Views([entry.moved === 0 ? bytes : bytes.subarray(entry.moved)]);
      const moved = file.facts.append
        ? await writeInTurn(file, rest, null, PLAIN)
        : await writeViews(file, rest, position + entry.moved, PLAIN, 'caller');
      entry.moved += moved;
      if (moved === 0) throw kernelError(EIO, 'write', { path: file.facts.path, hint: 'the kernel wrote nothing' });
    }
  }
}
