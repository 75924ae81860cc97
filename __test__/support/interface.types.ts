/* eslint-disable @typescript-eslint/ban-ts-comment, @typescript-eslint/no-unused-vars, @typescript-eslint/no-unnecessary-type-parameters, @typescript-eslint/no-meaningless-void-operator, @typescript-eslint/no-confusing-void-expression, @typescript-eslint/no-invalid-void-type --
   nothing here runs: values are there for their types, and mistakes to be refused */
/** Never run: the compiler is the test. Each `same` fails to compile where the types differ, each `@ts-expect-error` where nothing is wrong. */
import type { BigIntStats, Stats } from 'node:fs';

import {
  AioError,
  allocate,
  BufferPool,
  copyFile,
  hashFile,
  open,
  PreparedBatch,
  probe,
  SubmissionQueue,
  verifyFile,
  type AioErrorCode,
  type Alignment,
  type BatchError,
  type BatchResult,
  type CopyOptions,
  type CopyResult,
  type DirectFile,
  type KernelError,
  type OpenOptions,
  type PreparedOptions,
  type ProbeReport,
  type Progress,
  type QueueStats,
  type ReadCallback,
  type ReadOptions,
  type ReadResult,
  type SubmissionQueueOptions,
  type WriteCallback,
  type WriteOptions,
  type WriteResult,
} from '../../index.js';

type Same<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;

declare function same<One, Other>(proof: Same<One, Other> extends true ? 'same' : never): void;

declare const file: DirectFile;
declare const buffer: Buffer;
declare const words: Uint16Array;
declare const view: DataView;
declare const signal: AbortSignal;

export function opening(): void {
  same<ReturnType<typeof open>, Promise<DirectFile>>('same');
  void open('path');
  void open(buffer, 'r+');
  void open(new URL('file:///path'), 0, 0o600);
  void open('path', null, null);
  void open('path', { flags: 'w', mode: 0o600, exact: true, direct: 'require', queue: undefined });
  same<OpenOptions['direct'], 'prefer' | 'require' | 'never' | undefined>('same');
  // @ts-expect-error a descriptor is no path
  void open(7);
  // @ts-expect-error
  void open('path', { flags: true });
  // @ts-expect-error
  void open('path', { direct: 'maybe' });
  // @ts-expect-error
  void open('path', { depth: 5 });
  // @ts-expect-error a file is made by open alone
  void new (file.constructor as typeof DirectFile)();
}

export function facts(): void {
  same<typeof file.fd, number>('same');
  same<typeof file.path, string>('same');
  same<typeof file.alignment, Alignment>('same');
  same<typeof file.direct, boolean>('same');
  same<typeof file.engine, 'aio' | 'fs'>('same');
  same<typeof file.queue, SubmissionQueue>('same');
  // @ts-expect-error
  file.path = 'other';
  // @ts-expect-error
  file.alignment.memory = 1;
  same<ReturnType<typeof file.close>, Promise<void>>('same');
  same<ReturnType<(typeof file)[typeof Symbol.asyncDispose]>, Promise<void>>('same');
}

export function reading(): void {
  const positional = file.read(words, 0, 2, 512n);
  type Result = typeof positional;
  same<Result, Promise<ReadResult<Uint16Array>>>('same');
  const given = file.read(view, { offset: 0, length: 8, position: 1n, signal, priority: { class: 'idle', level: 0 } });
  same<typeof given, Promise<ReadResult<DataView>>>('same');
  const bare = file.read();
  same<typeof bare, Promise<ReadResult<Buffer>>>('same');
  const inside = file.read({ buffer: words, position: null });
  same<typeof inside, Promise<ReadResult<Uint16Array>>>('same');
  void file.read(buffer, null, null, null);
  void file.read(buffer, undefined, undefined, undefined);
  same<Awaited<typeof positional>['bytesRead'], number>('same');
  // @ts-expect-error
  void file.read(5);
  // @ts-expect-error
  void file.read(buffer, true);
  // @ts-expect-error
  void file.read(buffer, 0, 1, '5');
  // @ts-expect-error what is of writes alone
  void file.read(buffer, { dsync: true });
  // @ts-expect-error
  void file.read(buffer, { priority: { class: 'urgent' } });
  same<ReadOptions['position'], number | bigint | null | undefined>('same');
}

export function writing(): void {
  const bytes = file.write(words, 0, 2, 0);
  same<typeof bytes, Promise<WriteResult<Uint16Array>>>('same');
  const given = file.write(buffer, { position: 0, dsync: true, append: true, atomic: true, nowait: true, exact: true });
  same<typeof given, Promise<WriteResult<Buffer>>>('same');
  const text = file.write('text', 5, 'latin1');
  same<typeof text, Promise<WriteResult<string>>>('same');
  const more = file.write('text', { position: 5n, signal }, 'utf8');
  same<typeof more, Promise<WriteResult<string>>>('same');
  // @ts-expect-error
  void file.write();
  // @ts-expect-error
  void file.write(5);
  // @ts-expect-error
  void file.write('text', 0, 'klingon');
  // @ts-expect-error
  void file.write(buffer, { dsync: 1 });
  same<WriteOptions['dsync'], boolean | undefined>('same');
}

export function several(): void {
  const into = [words, view] as const;
  const read = file.readv(into, 0);
  same<typeof read, Promise<{ bytesRead: number; buffers: typeof into }>>('same');
  const written = file.writev([buffer, buffer], { position: 0, dsync: true });
  same<typeof written, Promise<{ bytesWritten: number; buffers: Buffer[] }>>('same');
  // @ts-expect-error
  void file.readv(buffer);
  // @ts-expect-error
  void file.writev(['text']);
  // @ts-expect-error there is no offset into several
  void file.readv([buffer], { offset: 3 });
  const whole = file.readBatch(words, [0, 512]);
  same<typeof whole, Promise<BatchResult<Uint16Array> & { bytesRead: number }>>('same');
  const each = file.writeBatch([buffer], Float64Array.of(0), { dsync: true, signal });
  same<typeof each, Promise<BatchResult<Buffer[]> & { bytesWritten: number }>>('same');
  same<BatchResult<Buffer>['results'], Int32Array>('same');
  // @ts-expect-error
  void file.readBatch(buffer, 5);
  // @ts-expect-error
  void file.readBatch(buffer, ['5']);
  // @ts-expect-error
  void file.writeBatch(buffer, [0], { append: true });
}

export function prepared(): void {
  const reads = file.prepareReads(words);
  same<typeof reads, PreparedBatch<Uint16Array>>('same');
  const writes = file.prepareWrites([buffer, view], 2, { dsync: true, atomic: false, nowait: true });
  same<typeof writes, PreparedBatch<(Buffer | DataView)[]>>('same');
  same<Parameters<typeof file.prepareReads>[2], PreparedOptions | undefined>('same');
  same<typeof reads.positions, Float64Array>('same');
  same<typeof reads.results, Int32Array>('same');
  same<typeof reads.buffers, Uint16Array>('same');
  same<ReturnType<typeof reads.submit>, Promise<number>>('same');
  reads.positions[0] = 5;
  void reads.submit({ signal });
  // @ts-expect-error
  void reads.submit({ priority: { class: 'idle' } });
  // @ts-expect-error
  void reads.submit(signal);
  // @ts-expect-error
  reads.positions = new Float64Array(1);
  // @ts-expect-error
  reads.results = new Int32Array(1);
  // @ts-expect-error
  void file.prepareReads('text');
  // @ts-expect-error what is of writes alone
  void file.prepareReads(buffer, 1, { dsync: true });
  // @ts-expect-error
  void file.prepareWrites(buffer, 1, { append: true });
  // @ts-expect-error a signal is for one submission
  void file.prepareWrites(buffer, 1, { signal });
  // @ts-expect-error a batch is made by a file alone
  void new PreparedBatch();
}

export function callbacks(): void {
  const read = file.read(words, 0, 2, 512n, (error, bytesRead, into) => {
    same<typeof error, NodeJS.ErrnoException | null>('same');
    same<typeof bytesRead, number>('same');
    same<typeof into, Uint16Array>('same');
  });
  same<typeof read, void>('same');
  const written = file.write(view, null, undefined, null, (error, bytesWritten, from) => {
    same<typeof error, NodeJS.ErrnoException | null>('same');
    same<typeof bytesWritten, number>('same');
    same<typeof from, DataView>('same');
  });
  same<typeof written, void>('same');
  const tell: ReadCallback<Buffer> & WriteCallback<Buffer> = () => undefined;
  file.read(buffer, undefined, null, 0, tell);
  // @ts-expect-error
  void file.read(buffer, 0, 1, 0, 'callback');
  file.read(buffer, { position: 0 }, tell);
  file.write(buffer, undefined, tell);
  file.write('text', 0, 'utf8', () => undefined);
  // @ts-expect-error
  void file.write('text', 0, 'utf8', 0, tell);
}

export function whole(): void {
  same<ReturnType<typeof file.writeFile>, Promise<void>>('same');
  const bytes = file.readFile();
  same<typeof bytes, Promise<Buffer>>('same');
  const signalled = file.readFile({ signal });
  same<typeof signalled, Promise<Buffer>>('same');
  const none = file.readFile({ encoding: null });
  same<typeof none, Promise<Buffer>>('same');
  const text = file.readFile('utf8');
  same<typeof text, Promise<string>>('same');
  const named = file.readFile({ encoding: 'latin1', signal });
  same<typeof named, Promise<string>>('same');
  void file.writeFile('text', 'latin1');
  void file.writeFile(words, { signal });
  void file.writeFile(['text', buffer]);
  void file.appendFile(process.stdin);
  // @ts-expect-error
  void file.writeFile(5);
  // @ts-expect-error
  void file.writeFile([5]);
  // @ts-expect-error
  void file.readFile('klingon');
}

export function rest(): void {
  const plain = file.stat();
  same<typeof plain, Promise<Stats>>('same');
  const big = file.stat({ bigint: true });
  same<typeof big, Promise<BigIntStats>>('same');
  void file.truncate();
  void file.preallocate({ length: 5, keepSize: true });
  // @ts-expect-error
  void file.preallocate({});
  same<ReturnType<typeof file.sync>, Promise<void>>('same');
  same<ReturnType<typeof file.datasync>, Promise<void>>('same');
  const mine = file.allocate(5);
  const isBuffer: Buffer<ArrayBuffer> = mine;
  const isDisposable: Disposable = allocate(5, { hugePages: true });
  void [isBuffer, isDisposable];
}

export async function around(): Promise<void> {
  using pool = BufferPool.create({ limit: 4096, shared: true });
  const aligned: Buffer & Disposable = pool.acquire(5);
  same<ReturnType<typeof pool.acquireAsync>, Promise<ReturnType<typeof pool.acquire>>>('same');
  pool.release(aligned);
  same<typeof pool.shared, import('../../index.js').SharedMemory | undefined>('same');
  await using queue = await SubmissionQueue.create({ depth: 5, batch: 'manual', chunk: 3, ring: false, capacity: 10 });
  await using other = await SubmissionQueue.create({ chunk: 'auto' });
  other.flush();
  same<ReturnType<typeof queue.stats>, QueueStats>('same');
  same<ReturnType<typeof queue.drain>, Promise<void>>('same');
  same<SubmissionQueueOptions['batch'], 'microtask' | 'immediate' | 'manual' | undefined>('same');
  // @ts-expect-error private
  void new SubmissionQueue();
  // @ts-expect-error private
  void new BufferPool();
  // @ts-expect-error
  void SubmissionQueue.create({ batch: 'later' });
  same<ReturnType<typeof probe>, Promise<ProbeReport>>('same');
  same<ReturnType<typeof SubmissionQueue.default>, Promise<SubmissionQueue>>('same');
}

export function failures(error: unknown, failed: BatchError): void {
  if (error instanceof AioError) same<typeof error.code, AioErrorCode>('same');
  const kernel: KernelError = failed;
  same<typeof kernel.errno, number>('same');
  same<typeof kernel.code, string>('same');
  same<typeof kernel.syscall, string>('same');
  same<typeof failed.index, number>('same');
  same<typeof failed.results, Int32Array>('same');
  // @ts-expect-error not a code
  const wrong: AioErrorCode = 'ERR_AIO_OTHER';
  void wrong;
}

export async function copying(): Promise<void> {
  same<ReturnType<typeof copyFile>, Promise<CopyResult>>('same');
  void copyFile('from', new URL('file:///to'), {
    verify: true,
    preserve: true,
    exclusive: true,
    force: false,
    flush: true,
  });
  void copyFile(buffer, buffer, {
    blockSize: 4096,
    inFlight: 1,
    signal,
    progress: ({ phase, bytes, total }) => void [phase, bytes, total],
  });
  void copyFile('from', 'to', null);
  same<Progress['phase'], 'copy' | 'verify' | 'hash'>('same');
  same<CopyOptions['signal'], AbortSignal | undefined>('same');
  // @ts-expect-error a mode is none of its options
  void copyFile('from', 'to', { mode: 0o600 });
  // @ts-expect-error
  void copyFile('from');
  const { equal, position } = await verifyFile('a', 'b', { inFlight: 4 });
  same<typeof equal, boolean>('same');
  same<typeof position, number | undefined>('same');
  // @ts-expect-error what is compared is not verified once more
  void verifyFile('a', 'b', { verify: true });
  same<ReturnType<typeof hashFile>, Promise<Buffer>>('same');
  void hashFile('path', { algorithm: 'md5', start: 1, end: 5, progress: undefined });
  // @ts-expect-error
  void hashFile('path', { algorithm: 256 });
}
