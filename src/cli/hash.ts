import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { hashFile } from '../../index.js';
import { type Checksum, checksumLine, escapeName, parseChecksumLine } from './checksums.js';
import { Complaint, complaintOf, ExitCode, UsageComplaint } from './complaint.js';
import { Progress } from './progress.js';
import type { Session } from './session.js';
import { say, tell } from './tell.js';
import { addTransferOptions, SIZES, transferOf, type TransferFlags } from './transfer.js';

interface Flags extends TransferFlags {
  algorithm: string;
  check?: true;
}

const HELP = `
A line a file, as sha256sum, sha512sum, md5sum and their like write and read them. A file that cannot be read is told of, and
the others are hashed all the same. ${SIZES}

Examples:
  linux-aio hash *.iso > SHA256SUMS
  sha256sum -c SHA256SUMS
  linux-aio hash --check SHA256SUMS
  linux-aio hash --algorithm sha512 disk.img`;

export function addHash(program: Command, session: Session): void {
  const command = program
    .command('hash')
    .summary('checksums that sha256sum -c reads')
    .description('Prints the checksums of files or block devices, read past the page cache.')
    .argument('<file...>', 'files or block devices; with --check, lists of checksums')
    .option('-a, --algorithm <name>', 'sha256, sha512, md5, or any that OpenSSL has', 'sha256')
    .option('-c, --check', 'read checksums from the files, and check them');
  addTransferOptions(command, 'no progress; with --check, only what is wrong')
    .addHelpText('after', HELP)
    .action(async (files: string[], flags: Flags) => {
      const length = digestLength(flags.algorithm);
      const hasher = new Hasher(flags, session);
      for (const file of files) {
        if (flags.check) await check(file, { algorithm: flags.algorithm, length }, hasher, session);
        else
          await hasher.digest(file, (digest) => {
            say(checksumLine({ digest, name: file }));
          });
      }
    });
}

/** Digits of a digest. */
function digestLength(algorithm: string): number {
  try {
    return 2 * createHash(algorithm).digest().byteLength;
  } catch {
    throw new UsageComplaint(`OpenSSL has no algorithm '${algorithm}'; try sha256, sha512 or md5`);
  }
}

/** Hashes files one after the other. */
class Hasher {
  readonly isQuiet: boolean;
  readonly #flags: Flags;
  readonly #session: Session;

  constructor(flags: Flags, session: Session) {
    this.isQuiet = flags.quiet === true;
    this.#flags = flags;
    this.#session = session;
  }

  /** Gives `take` the digest of a file; false, once the user is told, where it cannot be read. */
  async digest(file: string, take: (digest: string) => void): Promise<boolean> {
    const progress = new Progress(this.isQuiet);
    try {
      const options = { ...transferOf(this.#flags, this.#session, progress), algorithm: this.#flags.algorithm };
      const digest = await hashFile(file, options);
      progress.stop();
      take(digest.toString('hex'));
      return true;
    } catch (error) {
      progress.stop();
      if (this.#session.interruption.signal.aborted) throw error;
      tell(complaintOf(error));
      this.#session.exitCode = ExitCode.Failed;
      return false;
    } finally {
      progress.stop();
    }
  }
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Whether both name one algorithm: SHA256 and sha-256 do. */
function sameName(one: string, other: string): boolean {
  const [plain, known] = [one, other].map((name) => name.toLowerCase().replaceAll('-', ''));
  return plain === known;
}

async function check(
  list: string,
  { algorithm, length }: { algorithm: string; length: number },
  hasher: Hasher,
  session: Session,
): Promise<void> {
  const lines = (await readFile(list, 'utf8')).split(/\r?\n/).filter((line) => line !== '');
  const checksums = lines.map(parseChecksumLine).filter((checksum): checksum is Checksum => checksum !== undefined);
  // Another one's digest would only be called wrong.
  const found = checksums.filter(
    (checksum) => checksum.digest.length === length && sameName(checksum.algorithm ?? algorithm, algorithm),
  );
  const what = `${algorithm} checksum and a name`;
  if (found.length === 0) {
    const others = checksums.length > 0 ? ', but some of another --algorithm' : '';
    throw new Complaint(`${list}: no line is a ${what}${others}`);
  }
  const odd = lines.length - found.length;
  if (odd > 0) tell(`${list}: ${counted(odd, 'line is', 'lines are')} no ${what}`);
  let [unread, wrong] = [0, 0];
  for (const { digest, name } of found) {
    const { text, isEscaped } = escapeName(name);
    const shown = `${isEscaped ? '\\' : ''}${text}`;
    const isRead = await hasher.digest(name, (actual) => {
      if (actual !== digest) {
        session.exitCode = ExitCode.Failed;
        wrong++;
      }
      if (actual !== digest || !hasher.isQuiet) say(`${shown}: ${actual === digest ? 'OK' : 'FAILED'}`);
    });
    if (isRead) continue;
    say(`${shown}: FAILED open or read`);
    unread++;
  }
  if (unread > 0) tell(`${list}: ${counted(unread, 'file', 'files')} could not be read`);
  if (wrong > 0) tell(`${list}: ${counted(wrong, 'checksum is', 'checksums are')} not that of the file`);
}
