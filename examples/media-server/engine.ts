import type { BigIntStats } from 'node:fs';
import type { BufferPoolStats } from '../../index.js';
import { DirectEngine } from './direct-engine.js';
import { NodeEngine } from './node-engine.js';
import type { Outlet } from './outlet.js';
import type { Settings } from './settings.js';

/** A file of which any number of answers send parts at once. */
export interface ServedFile {
  readonly fd: number;
  stat(): Promise<BigIntStats>;
  /** Sends the bytes from `start` to `end`, both included, until the client is gone. Rejects where the file has them not. */
  send(outlet: Outlet, start: number, end: number): Promise<void>;
  close(): Promise<void>;
}

/** A way to read files. */
export interface Engine {
  open(path: string): Promise<ServedFile>;
  /** Of the memory that all connections share; undefined where there is none such. */
  memory(): BufferPoolStats | undefined;
  /** Whether others may be waiting for memory while clients are taking so many blocks. */
  isPressed(taken: number): boolean;
  close(): void;
}

export function createEngine(settings: Settings): Engine {
  return settings.engine === 'node' ? new NodeEngine(settings.blockBytes) : new DirectEngine(settings);
}
