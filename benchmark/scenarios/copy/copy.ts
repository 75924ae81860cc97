import { evict, settle } from '../../harness/cache.js';
import { checkFile, clear } from '../transfer/files.js';
import type { Contestant, Transfer } from '../transfer/contestant.js';
import { type Starting, timeProgram } from '../transfer/run-program.js';
import { timeShell } from '../transfer/shell.js';
import { shellText } from '../transfer/times.js';
import { NODE_FS, OURS } from './names.js';

/** What is copied, where to, and a small file for the warm-up. */
export interface Copies {
  source: string;
  size: number;
  small: string;
  destination: string;
  directory: string;
  /** Whether a copy may share the blocks of its source: then some copy nothing, and take no part. */
  shares: boolean;
}

const COMMANDS = [
  { name: 'cp, sync', commands: 'cp "$1" "$2" && sync "$2"', mayShare: true },
  { name: 'cp --reflink=never, sync', commands: 'cp --reflink=never "$1" "$2" && sync "$2"', mayShare: false },
  {
    name: 'dd iflag=direct oflag=direct bs=1M conv=fsync',
    commands: 'dd if="$1" of="$2" iflag=direct oflag=direct bs=1M conv=fsync',
    mayShare: false,
  },
];

/** Everybody copies a file that is not in the page cache into a new one, and is done when that is durable. */
export function copyTransfer(copies: Copies, program: string, starting: Starting): Transfer {
  const { source, size, small, destination, directory, shares } = copies;
  const byNode = (name: string, side: Contestant['side'], summary: string): Contestant => {
    const line = [process.execPath, program, name, source, destination, small];
    return {
      name,
      side,
      summary,
      command: line.join(' '),
      move: (watch) => timeProgram(line, watch, starting),
    };
  };
  const paths = [source, destination];
  const byShell = COMMANDS.filter(({ mayShare }) => !(shares && mayShare)).map(({ name, commands }): Contestant => {
    const how = name.startsWith('dd')
      ? 'by its own clock'
      : 'from its start to the end of sync, its processes included';
    return {
      name,
      side: 'other',
      summary: `GNU coreutils, ${how}`,
      command: shellText(commands, paths),
      move: (watch) => timeShell(commands, paths, size, watch, starting),
    };
  });
  const fs = byNode(NODE_FS, 'node:fs', 'copy_file_range(2) by a thread of libuv, through the page cache');
  return {
    bytes: size,
    contestants: [byNode(OURS, 'ours', 'with flush'), ...(shares ? [] : [fs]), ...byShell],
    async prepare() {
      await clear(destination, `${destination}.warm-up`);
      await settle(directory);
      await evict(source);
    },
    async inspect() {
      await evict(destination);
      await checkFile(destination, size);
    },
  };
}
