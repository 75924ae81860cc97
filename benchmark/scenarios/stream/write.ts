import { evict, settle } from '../../harness/cache.js';
import type { Contestant, Transfer } from '../transfer/contestant.js';
import { checkFile, clear } from '../transfer/files.js';
import { PERIOD } from '../transfer/periodic.js';
import { type Starting, timeProgram } from '../transfer/run-program.js';
import { timeShell } from '../transfer/shell.js';
import { shellText } from '../transfer/times.js';
import { NODE_WRITES_1M, NODE_WRITES_64K, OURS_WRITES_1M, OURS_WRITES_64K } from './ways.js';

/** Where to, how much, and the same bytes in a file in memory for who cannot make them. */
export interface Destination {
  path: string;
  size: number;
  directory: string;
  input: string;
}

const DD = 'dd if="$1" of="$2" oflag=direct bs=1M conv=fsync';

/** Everybody writes the same bytes from memory into a new file, and is done when they are durable. */
export function writeTransfer(destination: Destination, program: string, starting: Starting): Transfer {
  const { path, size, directory, input } = destination;
  const warm = `${path}.warm-up`;
  const byNode = (name: string, side: Contestant['side'], summary: string, counterpart?: string): Contestant => {
    const line = [process.execPath, program, name, path, String(size), warm];
    return {
      name,
      side,
      summary,
      ...(counterpart !== undefined && { counterpart }),
      command: line.join(' '),
      move: (watch) => timeProgram(line, watch, starting),
    };
  };
  const dd: Contestant = {
    name: 'dd oflag=direct bs=1M conv=fsync',
    side: 'other',
    summary: 'GNU dd from a file on tmpfs, one write of 1 MiB at a time with O_DIRECT, by its own clock',
    command: shellText(DD, [input, path]),
    move: (watch) => timeShell(DD, [input, path], size, watch, starting),
  };
  const direct = 'with flush: copied into the pool, many writes in flight';
  const buffered = 'with flush: through the page cache, and fsync before it is closed';
  return {
    bytes: size,
    contestants: [
      byNode(OURS_WRITES_64K, 'ours', direct, NODE_WRITES_64K),
      byNode(OURS_WRITES_1M, 'ours', direct, NODE_WRITES_1M),
      byNode(NODE_WRITES_64K, 'node:fs', buffered),
      byNode(NODE_WRITES_1M, 'node:fs', buffered),
      dd,
    ],
    async prepare() {
      await clear(path, warm);
      await settle(directory);
    },
    async inspect() {
      await evict(path);
      await checkFile(path, size, PERIOD);
    },
  };
}
