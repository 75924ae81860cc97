/** Who reads the files. */
export type EngineName = 'linux-aio' | 'node';

/** The bounds of a server. */
export interface Settings {
  directory: string;
  engine: EngineName;
  /** Bytes for file contents, shared by all connections. */
  memoryBytes: number;
  /** Bytes of one read. */
  blockBytes: number;
  /** Answers with contents under way. */
  transfers: number;
  /** Milliseconds that a client has to take one block. */
  patienceMs: number;
  /** The same while others wait for the memory that the client holds. */
  hurryMs: number;
  /** Milliseconds that a file stays open that nobody asks for. */
  idleMs: number;
}

export const DEFAULTS: Omit<Settings, 'directory'> = {
  engine: 'linux-aio',
  memoryBytes: 128 * 1024 * 1024,
  blockBytes: 512 * 1024,
  transfers: 1024,
  patienceMs: 60_000,
  hurryMs: 15_000,
  idleMs: 10_000,
};
