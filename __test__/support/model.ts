import { readFileSync } from 'node:fs';
import { open as openWithNode } from 'node:fs/promises';
import fc from 'fast-check';

import { allocate, open, type DirectFile, type PreparedBatch, type ReadCallback } from '../../index.js';

/** One write of a step: where, how much, from which kind of memory, and in which form. */
export interface WriteStep {
  position: number;
  length: number;
  memory: Memory;
  form: 'write' | 'writev' | 'writeBatch' | 'prepared' | 'callback';
  dsync: boolean;
}

/** One read of a step. */
export interface ReadStep {
  position: number;
  length: number;
  memory: Memory;
  form: 'read' | 'readv' | 'readBatch' | 'prepared' | 'callback';
}

/** `heap`: a plain Buffer; otherwise page-aligned memory, from this byte on. */
export type Memory = 'heap' | number;

/** Things that happen at once, then one that happens alone. */
export interface Step {
  writes: WriteStep[];
  reads: ReadStep[];
  alone: { kind: 'none' | 'sync' | 'datasync' } | { kind: 'truncate' | 'append'; length: number };
  /** Whether the writes go through a second file of the same inode. */
  other: boolean;
}

/** Bytes of the space that the steps play in. */
export const SPACE = 24 * 1024;

const place = fc.oneof(
  fc.integer({ min: 0, max: SPACE / 512 - 1 }).map((block) => block * 512),
  fc.integer({ min: 0, max: SPACE - 1 }),
);
const length = fc.oneof(fc.constantFrom(512, 4096, 8192), fc.integer({ min: 0, max: 9000 }));
const memory: fc.Arbitrary<Memory> = fc.oneof(
  fc.constant('heap' as const),
  fc.constantFrom(0, 512),
  fc.integer({ min: 1, max: 700 }),
);
const read = fc.record({
  position: place,
  length,
  memory,
  form: fc.constantFrom('read', 'readv', 'readBatch', 'prepared', 'callback'),
});
const write = fc.record({
  position: place,
  length,
  memory,
  form: fc.constantFrom('write', 'writev', 'writeBatch', 'prepared', 'callback'),
  dsync: fc.boolean(),
});
const alone = fc.oneof(
  fc.constantFrom({ kind: 'none' as const }, { kind: 'sync' as const }, { kind: 'datasync' as const }),
  fc.record({
    kind: fc.constantFrom('truncate' as const, 'append' as const),
    length: fc.integer({ min: 0, max: SPACE }),
  }),
);

/** Sequences of steps that shrink to few and small ones. */
export const sequences: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    writes: fc.array(write, { maxLength: 6 }),
    reads: fc.array(read, { maxLength: 4 }),
    alone,
    other: fc.boolean(),
  }),
  { minLength: 1, maxLength: 8 },
);

function bytes(size: number, kind: Memory): Buffer {
  return kind === 'heap' ? Buffer.alloc(size) : allocate(size + kind + 1).subarray(kind, kind + size);
}

/** Two views of one range, cut where both halves can still be aligned. */
function halves(buffer: Buffer): Buffer[] {
  const middle = Math.floor(buffer.byteLength / 1024) * 512;
  return [buffer.subarray(0, middle), buffer.subarray(middle)];
}

/** By a batch that was prepared for it; undefined where it takes none such, for a copy is needed. */
async function byPrepared(prepare: () => PreparedBatch<Buffer>, position: number): Promise<number | undefined> {
  try {
    const batch = prepare();
    batch.positions[0] = position;
    return await batch.submit();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Of no bytes.
    if (code === 'ERR_AIO_MISALIGNED' || code === 'ERR_INVALID_ARG_VALUE') return undefined;
    throw error;
  }
}

async function byCallback(call: (tell: ReadCallback<Buffer>) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    call((error, bytes) => {
      if (error === null) resolve(bytes);
      else reject(error);
    });
  });
}

/** Writes of one step must not touch the same bytes, or any order would be right: later ones are cut. */
function disjoint(writes: readonly WriteStep[], limit: number): WriteStep[] {
  const sorted = writes.toSorted((one, other) => one.position - other.position);
  return sorted
    .map((step, index) => {
      const end = Math.min(step.position + step.length, sorted[index + 1]?.position ?? limit, limit);
      return { ...step, length: Math.max(0, end - step.position) };
    })
    .filter((step) => step.length > 0);
}

/** What the file is to hold, beside the file itself. */
export class Model {
  #content: Buffer;
  readonly #file: DirectFile;
  readonly #other: DirectFile;
  readonly #path: string;
  readonly #device: boolean;
  #salt = 0;

  private constructor(file: DirectFile, other: DirectFile, path: string, content: Buffer, device: boolean) {
    this.#file = file;
    this.#other = other;
    this.#path = path;
    this.#content = content;
    this.#device = device;
  }

  /** The model of an empty file, or of a block device's first {@link SPACE} bytes. */
  static async of(path: string, device: boolean): Promise<Model> {
    const [file, other] = [await open(path, 'r+'), await open(path, 'r+')];
    if (device) await file.write(Buffer.alloc(SPACE), { position: 0 });
    else await file.truncate(0);
    return new Model(file, other, path, Buffer.alloc(device ? SPACE : 0), device);
  }

  async close(): Promise<void> {
    await Promise.all([this.#file.close(), this.#other.close()]);
  }

  /** Runs one step on both; throws where they differ. */
  async run(step: Step): Promise<void> {
    const before = this.#content;
    const writes = disjoint(step.writes, SPACE);
    const filled = writes.map((one) => this.#fill(one));
    const after = this.#after(writes, filled);
    const reading = step.reads.map(async (one) => this.#readDuring(one, before, after));
    const writing = writes.map(async (one, index) => this.#write(one, filled[index] as Buffer, step.other));
    await Promise.all([...reading, ...writing]);
    this.#content = after;
    await this.#alone(step.alone);
    for (const one of step.reads) await this.#readDuring(one, this.#content, this.#content);
    await this.#compare();
  }

  #fill({ length: size, memory: kind }: WriteStep): Buffer {
    const buffer = bytes(size, kind);
    for (let index = 0; index < size; index++) buffer[index] = 1 + ((index + this.#salt * 31) % 251);
    this.#salt++;
    return buffer;
  }

  #after(writes: readonly WriteStep[], filled: readonly Buffer[]): Buffer {
    const end = Math.max(this.#content.byteLength, ...writes.map((one) => one.position + one.length));
    const after = Buffer.alloc(end);
    this.#content.copy(after);
    writes.forEach((one, index) => filled[index]?.copy(after, one.position));
    return after;
  }

  async #write({ position, form, dsync }: WriteStep, buffer: Buffer, other: boolean): Promise<void> {
    const file = other ? this.#other : this.#file;
    const moved = await {
      write: async () => (await file.write(buffer, { position, dsync })).bytesWritten,
      writev: async () => (await file.writev(halves(buffer), { position, dsync })).bytesWritten,
      writeBatch: async () => (await file.writeBatch([buffer], [position], { dsync })).bytesWritten,
      prepared: async () =>
        (await byPrepared(() => file.prepareWrites(buffer, 1, { dsync }), position)) ??
        (await file.write(buffer, { position, dsync })).bytesWritten,
      callback: async () =>
        byCallback((tell) => {
          file.write(buffer, 0, buffer.byteLength, position, tell);
        }),
    }[form]();
    if (moved !== buffer.byteLength) throw new Error(`${form} moved ${moved} of ${buffer.byteLength} at ${position}`);
  }

  /** A read beside writes: each byte must be from before or after, and the length between both. */
  async #readDuring(
    { position, length: size, memory: kind, form }: ReadStep,
    before: Buffer,
    after: Buffer,
  ): Promise<void> {
    const limit = this.#device ? Math.max(0, Math.min(size, SPACE - position)) : size;
    const buffer = bytes(limit, kind);
    const moved = await {
      read: async () => (await this.#file.read(buffer, { position })).bytesRead,
      readv: async () => (await this.#file.readv(halves(buffer), { position })).bytesRead,
      readBatch: async () => (await this.#file.readBatch([buffer], [position])).bytesRead,
      prepared: async () =>
        (await byPrepared(() => this.#file.prepareReads(buffer), position)) ??
        (await this.#file.read(buffer, { position })).bytesRead,
      callback: async () =>
        byCallback((tell) => {
          this.#file.read(buffer, 0, limit, position, tell);
        }),
    }[form]();
    const [least, most] = [before, after].map((one) => Math.max(0, Math.min(limit, one.byteLength - position)));
    if (moved < (least ?? 0) || moved > (most ?? 0)) {
      throw new Error(`${form} of ${limit} at ${position} gave ${moved} bytes, not ${least} to ${most}`);
    }
    for (let index = 0; index < moved; index++) {
      const [found, at] = [buffer[index], position + index];
      if (found !== after[at] && found !== (before[at] ?? 0)) throw new Error(`${form} found ${found} at ${at}`);
    }
  }

  async #alone(one: Step['alone']): Promise<void> {
    if (one.kind === 'sync') await this.#file.sync();
    if (one.kind === 'datasync') await this.#other.datasync();
    if (this.#device) return;
    if (one.kind === 'truncate') {
      await this.#file.truncate(one.length);
      const cut = Buffer.alloc(one.length);
      this.#content.copy(cut);
      this.#content = cut;
    }
    if (one.kind === 'append') {
      const tails = [Buffer.alloc(one.length % 700, 'a'), Buffer.alloc(one.length % 300, 'b')];
      await this.#file.appendFile(tails[0] as Buffer);
      await this.#other.write(tails[1] as Buffer, { append: true });
      this.#content = Buffer.concat([this.#content, ...tails]);
    }
  }

  /** What node:fs reads, through the page cache, is what the model holds. */
  async #compare(): Promise<void> {
    const found = this.#device ? await firstBytes(this.#path) : readFileSync(this.#path);
    if (found.equals(this.#content)) return;
    const at = found.findIndex((byte, index) => byte !== this.#content[index]);
    throw new Error(`${found.byteLength} bytes instead of ${this.#content.byteLength}, different at ${at}`);
  }
}

async function firstBytes(path: string): Promise<Buffer> {
  const file = await openWithNode(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(SPACE), 0, SPACE, 0);
    return buffer;
  } finally {
    await file.close();
  }
}
