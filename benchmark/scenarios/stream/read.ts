import { evict, settle } from '../../harness/cache.js';
import { patternHash } from '../transfer/files.js';
import type { Contestant, Transfer } from '../transfer/contestant.js';
import type { Starting } from '../transfer/run-program.js';
import { start, timeProgram } from '../transfer/run-program.js';
import { timeShell } from '../transfer/shell.js';
import { shellText } from '../transfer/times.js';
import { NODE_1M, NODE_64K, OURS_1M, OURS_64K, OURS_BLOCKS, OURS_BLOCKS_1M, OURS_PIPE } from './ways.js';

/** What is read: a file or a block device that is full of the pattern, and a small file beside it. */
export interface Source {
  path: string;
  size: number;
  small: string;
  /** Where dirty pages may wait. */
  directory: string;
}

const DD = 'dd if="$1" of=/dev/null iflag=direct bs=1M';

function expect(hash: string | undefined, expected: string): void {
  if (hash !== expected) throw new Error(`other bytes were read: ${hash}`);
}

/** Everybody reads all of it, in order, and looks at no byte; in the check, its SHA-256 is computed. */
export function readTransfer(source: Source, program: string, starting: Starting): Transfer {
  const { path, size, small, directory } = source;
  const expected = patternHash(size);
  const byNode = (name: string, side: Contestant['side'], summary: string, counterpart?: string): Contestant => {
    const line = [process.execPath, program, name, path, small];
    return {
      name,
      side,
      summary,
      ...(counterpart !== undefined && { counterpart }),
      command: line.join(' '),
      move: (watch) => timeProgram(line, watch, starting),
      check: async () => {
        const { stdout } = await start([process.execPath, program, name, path, 'check'], starting);
        expect(stdout, expected);
      },
    };
  };
  const dd: Contestant = {
    name: 'dd iflag=direct bs=1M',
    side: 'other',
    summary: 'GNU dd, one read of 1 MiB at a time with O_DIRECT, by its own clock',
    command: shellText(DD, [path]),
    move: (watch) => timeShell(DD, [path], size, watch, starting),
    check: async () => {
      const script = 'set -o pipefail; dd if="$1" iflag=direct bs=1M status=none | sha256sum';
      const { stdout } = await start(['bash', '-c', script, 'bash', path], starting);
      expect(stdout.split(' ')[0], expected);
    },
  };
  const kept = "Node's stream, whose chunks are copies for the consumer to keep";
  const lent = 'blocks of the pool, given back as soon as they are there';
  return {
    bytes: size,
    contestants: [
      byNode(OURS_64K, 'ours', kept, NODE_64K),
      byNode(OURS_1M, 'ours', kept, NODE_1M),
      byNode(OURS_BLOCKS, 'ours', lent),
      byNode(OURS_BLOCKS_1M, 'ours', lent),
      byNode(OURS_PIPE, 'ours', 'blocks of the pool into a writable that drops them'),
      byNode(NODE_64K, 'node:fs', 'through the page cache, with the default highWaterMark'),
      byNode(NODE_1M, 'node:fs', 'through the page cache'),
      dd,
    ],
    async prepare() {
      await settle(directory);
      await evict(path);
    },
  };
}
