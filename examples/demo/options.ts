import { tmpdir } from 'node:os';
import { accessSync, constants, statfsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** What the user asks for. */
export interface Options {
  /** The file that is read. */
  source: string;
  /** Where its copy goes. */
  destination: string;
  /** Whether the copy stays: only where the user named its place. */
  keep: boolean;
}

export const HELP = `npm start -- [FILE] [DEST]

Copies FILE by kernel AIO and O_DIRECT, compares the copy with it, and measures random reads of the
copy through linux-aio and through node:fs.

  FILE     the file to read (default: the running node binary)
  DEST     where to copy it (default: a temporary file, removed in the end); is replaced if it exists
  --help   shows this text`;

const TMPFS_MAGIC = 0x01021994;

function isWritableDisk(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    return statfsSync(directory).type !== TMPFS_MAGIC;
  } catch {
    return false;
  }
}

/** The system's temporary directory is often memory: the demo is about disks. */
function scratchDirectory(): string {
  return [process.cwd(), '/var/tmp'].find(isWritableDisk) ?? tmpdir();
}

/** @returns nothing when only the help is wanted. */
export function parseOptions(): Options | undefined {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h', default: false } },
  });
  if (values.help) return undefined;
  const [file, destination, ...more] = positionals;
  if (more.length > 0) throw new TypeError(`too many arguments: ${more.join(' ')}`);
  // npm runs scripts in the package's directory, and says where the user is.
  const here = process.env.INIT_CWD ?? process.cwd();
  return {
    source: file === undefined ? process.execPath : resolve(here, file),
    destination:
      destination === undefined
        ? join(scratchDirectory(), `linux-aio-demo-${process.pid}`)
        : resolve(here, destination),
    keep: destination !== undefined,
  };
}
