import { getSystemErrorMap } from 'node:util';

/** Something the user can understand and change: one line, no stack. */
export class Complaint extends Error {
  override name = 'Complaint';
}

const WORDS: Record<string, string> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EISDIR: 'is a directory',
  ENOTDIR: 'a part of the path is not a directory',
  EROFS: 'the filesystem is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'is too large for its filesystem',
};

/** The same error about `name`, where the user does not know of `path`. */
export function renamed(error: unknown, path: string, name: string): unknown {
  if (!(error instanceof Error)) return error;
  error.message = error.message.replaceAll(path, name);
  if ('path' in error) error.path = name;
  return error;
}

function firstLine(text: string): string {
  return text.replace(/\n.*/s, '');
}

/** One line about whatever went wrong. */
export function complaintOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, errno, path, syscall, message } = error as NodeJS.ErrnoException;
  if (error instanceof Complaint || code === undefined) return firstLine(message);
  const known = WORDS[code] ?? (errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1]);
  if (known === undefined) return firstLine(message);
  const where = path ?? syscall;
  return `${where === undefined ? '' : `${where}: `}${known} (${code})`;
}
