import { STATUS_CODES } from 'node:http';

/** Why a request is not answered with what it asks for. */
export class HttpError extends Error {
  override name = 'HttpError';
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor(status: number, headers: Record<string, string> = {}) {
    super(`${status} ${STATUS_CODES[status] ?? ''}`);
    this.status = status;
    this.headers = headers;
  }
}

/** What there is not, for this client: why is nothing that it is told. */
const NOT_FOUND = new Set([
  'ENOENT',
  'ENOTDIR',
  'ELOOP',
  'ENAMETOOLONG',
  'EACCES',
  'EPERM',
  'ERR_AIO_UNSUPPORTED_FILE',
]);
/** What there will be again. */
const LATER = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'ERR_AIO_QUEUE_FULL']);

/** The answer to whatever went wrong before there was one. */
export function httpErrorOf(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  const { code = '' } = error as NodeJS.ErrnoException;
  if (NOT_FOUND.has(code)) return new HttpError(404);
  if (LATER.has(code)) return new HttpError(503, { 'Retry-After': '1' });
  return new HttpError(500);
}
