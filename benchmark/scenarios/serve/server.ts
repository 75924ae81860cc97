import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { start, type Starting } from '../transfer/run-program.js';

/** A server that listens. */
export interface Running {
  pid: number;
  /** Rejects where it ended by itself, or with an error. */
  stop(): Promise<void>;
}

const ATTEMPTS = 500;
const ATTEMPT_MS = 20;

/** A port that nobody listens at, just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Starts a server, and waits until it listens at the port. */
export async function startServer(line: readonly string[], port: number, starting: Starting): Promise<Running> {
  const child = start(line, starting);
  const state: { stopping: boolean; error?: Error } = { stopping: false };
  const failed = (how: string) => new Error(`the server ${how}: ${line.join(' ')}`);
  const end = child
    .catch((error: unknown) => error as Error)
    .then((result) => {
      if (!state.stopping) state.error = result instanceof Error ? result : failed('has ended');
    });
  const stop = async (): Promise<void> => {
    state.stopping = true;
    child.kill('SIGTERM');
    await end;
    if (state.error !== undefined) throw state.error;
  };
  for (let attempt = 0; attempt < ATTEMPTS && state.error === undefined; attempt++) {
    if (child.pid !== undefined && (await listens(port))) return { pid: child.pid, stop };
    await delay(ATTEMPT_MS);
  }
  await stop();
  throw failed('does not listen');
}
