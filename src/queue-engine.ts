import { constants } from 'node:os';

import { AioError, kernelError } from './errors.js';
import { ASKED_FOR, fallbackReason, FORCED, noKernelAio, warnOfFallback } from './fallback.js';
import { attachContext, isFailure, loadError, setupContext, type NativeQueue } from './native.js';
import type { QueueOptions } from './queue-options.js';
import { recordsFor } from './records.js';
import { IMITATES_NODE } from './runtime.js';

/** Completions that one callback can tell. */
const COMPLETIONS = 1024;

/**
 * Whether a thread waits for completions rather than the loop: these runtimes imitate libuv, but its functions that wait
 * for a descriptor abort, or wait once. The environment may ask for it too, to try out what they do.
 */
const WAITS_IN_THREAD = IMITATES_NODE || process.env.LINUX_AIO_EVENTS === 'thread';

/** By errno: what it means where a context is made. */
const SETUP_HINTS: Record<number, string> = {
  [-constants.errno.EAGAIN]:
    'the system has fs.aio-max-nr operations reserved: raise it by sysctl, or ask for less depth',
  [-constants.errno.EPERM]: 'a sandbox forbids kernel AIO',
  [-constants.errno.EACCES]: 'a sandbox forbids kernel AIO',
  [-constants.errno.ENOSYS]: 'the kernel or a sandbox has no kernel AIO',
};

/** What would be as short for node:fs, and may pass: no reason to do without kernel AIO from now on. */
const SHORTAGES: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE']);

/** Puts a queue into this thread's event loop; undefined where node:fs is to carry everything. */
export type Attach = (callback: (count: number) => void) => NativeQueue | undefined;

interface Engine {
  attach: Attach;
  /** Why it is not kernel AIO. */
  reason: string | undefined;
}

/** Kernel AIO, or node:fs where that was asked for or is all there is. */
export async function setUpEngine(given: QueueOptions): Promise<Engine> {
  const engine = given.engine === 'auto' && FORCED.engine !== undefined ? FORCED.engine : given.engine;
  if (engine === 'aio' && FORCED.engine !== undefined) throw noKernelAio(FORCED.reason);
  if (engine === 'fs') return { attach: () => undefined, reason: given.engine === 'fs' ? ASKED_FOR : FORCED.reason };
  try {
    return { attach: await setUpContext(given), reason: undefined };
  } catch (error) {
    const reason = fallbackReason(error as Error);
    if (engine === 'aio' && loadError !== undefined) throw noKernelAio(reason);
    if (engine === 'aio' || SHORTAGES.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    warnOfFallback(reason);
    return { attach: () => undefined, reason };
  }
}

async function setUpContext(given: QueueOptions): Promise<Attach> {
  const { depth, capacity, chunk, helpers, ring, spin } = given;
  const arrays = { records: recordsFor(depth), completions: COMPLETIONS };
  const context = await setupContext({
    depth,
    capacity,
    chunk: typeof chunk === 'number' ? chunk : 0,
    search: chunk === 'auto',
    helpers,
    ring,
    spin,
    thread: WAITS_IN_THREAD,
    ...arrays,
  });
  if (isFailure(context)) throw kernelError(context.errno, context.syscall, { hint: SETUP_HINTS[context.errno] });
  return (callback) => {
    const native = attachContext(context, callback);
    if (native) return native;
    throw new AioError('ERR_AIO_UNSUPPORTED_RUNTIME', "a context cannot be put into this thread's event loop");
  };
}
