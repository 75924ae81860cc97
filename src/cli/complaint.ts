import { getSystemErrorMap } from 'node:util';

/** Something that the user can understand and change: one line, no stack. */
export class Complaint extends Error {
  override name = 'Complaint';
}

/** A wrong use of the command line: the exit code is {@link ExitCode.Usage}. */
export class UsageComplaint extends Complaint {
  override name = 'UsageComplaint';
}

/** What a script can tell from the exit code. Beside these, 128 and the number of the signal that ended it. */
export const ExitCode = { Ok: 0, Failed: 1, Usage: 2 } as const;

const WORDS: Record<string, string> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EISDIR: 'is a directory',
  ENOTDIR: 'a part of the path is not a directory',
  EEXIST: 'exists already',
  EROFS: 'the filesystem is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'is too large for its filesystem, or for the limit of this process (ulimit -f)',
  EIO: 'the device failed',
  EBUSY: 'is mounted or otherwise in use',
  ETXTBSY: 'is a program that runs',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
  ENXIO: 'no such device',
  ENOMEDIUM: 'no medium in the drive',
};

/** What the library says more of a failed system call, behind its path or position. */
const HINT = /(?:'|at \d+) \((.*)\)$/s;

export function firstLine(text: string): string {
  return text.replace(/\n.*/s, '');
}

/** One line about whatever went wrong. */
export function complaintOf(error: unknown): string {
  if (!(error instanceof Error)) return firstLine(String(error));
  const { code, errno, path, syscall, message } = error as NodeJS.ErrnoException & { position?: number };
  if (error instanceof Complaint || code === undefined) return firstLine(message);
  const known = WORDS[code] ?? (errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1]);
  if (known === undefined) return firstLine(message);
  const where = path ?? syscall;
  const hint = HINT.exec(message)?.[1];
  return `${where ? `${firstLine(where)}: ` : ''}${known}${hint === undefined ? '' : `: ${hint}`} (${code})`;
}
