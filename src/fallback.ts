import { AioError } from './errors.js';
import { loadError } from './native.js';

/** What LINUX_AIO_ENGINE asks for, to try out what other machines do: `fs`, `fs-buffered`, or `none`: see load.cjs. */
const asked = process.env.LINUX_AIO_ENGINE;

if (asked !== undefined && !['', 'fs', 'fs-buffered', 'none'].includes(asked)) {
  process.emitWarning(`LINUX_AIO_ENGINE is ${asked}, and means nothing: it can be fs, fs-buffered or none`);
}

/** Why it is node:fs where a program says so. */
export const ASKED_FOR = 'node:fs was asked for';

/** Choices of the environment, for those who make none. */
export const FORCED: {
  readonly engine: 'fs' | undefined;
  readonly direct: 'never' | undefined;
  readonly reason: string;
} = {
  engine: asked === 'fs' || asked === 'fs-buffered' ? 'fs' : undefined,
  direct: asked === 'fs-buffered' ? 'never' : undefined,
  reason: `LINUX_AIO_ENGINE is ${String(asked)}`,
};

let warned = false;

/** Why there is no kernel AIO. */
export function fallbackReason(error: Error): string {
  return loadError === undefined ? error.message : `the native part could not be loaded: ${loadError.message}`;
}

/** What rejects where nothing but kernel AIO will do. */
export function noKernelAio(reason: string): AioError {
  return new AioError('ERR_AIO_UNSUPPORTED_RUNTIME', `There is no kernel AIO here: ${reason}`);
}

/** Tells once a process that node:fs has taken over; on other systems than Linux that is no news. */
export function warnOfFallback(reason: string): void {
  if (warned || process.platform !== 'linux') return;
  warned = true;
  process.emitWarning(`Files go through node:fs, without kernel AIO: ${reason}`, { code: 'LINUX_AIO_FALLBACK' });
}
