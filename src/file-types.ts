import type { OperationOptions, WriteOperationOptions } from './options.js';

/** What `read` resolves to. */
export interface ReadResult<B> {
  /** Less than asked for only at the end of the file, or where more than 2,147,479,552 bytes (MAX_RW_COUNT) were asked for. */
  bytesRead: number;
  /** The buffer that was given. Past `bytesRead`, up to the length asked for, its content is undefined. */
  buffer: B;
}

/** What `write` resolves to. */
export interface WriteResult<B> {
  /** Less than asked for only where the device or the quota ran full, or for more than 2,147,479,552 bytes (MAX_RW_COUNT). */
  bytesWritten: number;
  /** What was given. */
  buffer: B;
}

/**
 * Told of the end of one read, as by `fs.read`: an error or null, the bytes that were read, the buffer. It runs outside of any
 * asynchronous context: to keep an AsyncLocalStorage, bind it (`AsyncLocalStorage.bind`).
 */
export type ReadCallback<B> = (error: NodeJS.ErrnoException | null, bytesRead: number, buffer: B) => void;

/** Told of the end of one write, as {@link ReadCallback} is. */
export type WriteCallback<B> = (error: NodeJS.ErrnoException | null, bytesWritten: number, buffer: B) => void;

/** A position in bytes; `null`, undefined or -1: where the last sequential operation ended. */
export type Position = number | bigint | null;

/** Where and how one read is done. */
export interface ReadOptions extends OperationOptions {
  /** First byte of the buffer. @default 0 */
  offset?: number | undefined;
  /** Bytes to read. @default what the buffer holds from offset on */
  length?: number | undefined;
  /** In the file. @default null */
  position?: Position | undefined;
}

/** Where and how one write is done. */
export interface WriteOptions extends WriteOperationOptions {
  /** First byte of the buffer. @default 0 */
  offset?: number | undefined;
  /** Bytes to write. @default what the buffer holds from offset on */
  length?: number | undefined;
  /** In the file. @default null */
  position?: Position | undefined;
}

/** Which space is to be allocated: see fallocate(2). */
export interface PreallocateOptions {
  /** First byte. @default 0 */
  offset?: number | undefined;
  /** Bytes. */
  length: number;
  /** Leave the file's length as it is. Writes beyond it are then as slow as appends. @default false */
  keepSize?: boolean | undefined;
}

/** What the batch forms resolve to beside the total. */
export interface BatchResult<B> {
  /** Bytes of each operation, in order. */
  results: Int32Array;
  /** The memory that was given. */
  buffers: B;
}
