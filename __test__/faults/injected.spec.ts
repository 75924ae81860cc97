import { readFileSync } from 'node:fs';

import type { Report } from '../support/injected.fixture.js';
import { rootTarget, scratchFile } from '../support/targets.js';
import { runInjected, traced } from '../support/traced.js';

const PAGE = 4096;
const FILE = 200 * PAGE;

interface Fault {
  readonly call: string;
  readonly inject: string;
  readonly reaping: 'ring' | 'call';
  /** What operations then fail with; none where they wait for better times. */
  readonly error?: string;
  /** Whether the fault may be met by none: one that never ends is measured as slow, and helpers go round it. */
  readonly maybe?: true;
}

/** Which calls fail; the very first is one without operations, which tries whether the queue may submit. */
const MOMENTS = ['when=1..2', 'when=4', 'when=2+5'] as const;

const FAULTS: readonly Fault[] = [
  ...MOMENTS.flatMap((when, index): Fault[] => {
    const reaping = index === 1 ? 'call' : 'ring';
    return [
      ...['EAGAIN', 'EINTR', 'ENOMEM'].map((errno) => ({
        call: 'io_submit',
        inject: `error=${errno}:${when}`,
        reaping,
      })),
      { call: 'io_submit', inject: `error=EIO:${when}`, reaping, error: 'EIO' },
    ] as Fault[];
  }),
  { call: 'io_submit', inject: 'error=EAGAIN:when=1..50', reaping: 'ring' },
  { call: 'io_submit', inject: 'error=EAGAIN', reaping: 'ring', error: 'EAGAIN', maybe: true },
  { call: 'io_submit', inject: 'error=EINVAL:when=2+7', reaping: 'call', error: 'EINVAL' },
  // A sandbox that closes while there is work.
  { call: 'io_submit', inject: 'error=ENOSYS:when=5+', reaping: 'ring', error: 'ENOSYS' },
  { call: 'io_submit', inject: 'error=EPERM:when=5+', reaping: 'call', error: 'EPERM' },
  ...['EAGAIN', 'EINTR', 'ENOMEM', 'EIO'].flatMap((errno) =>
    ['when=2', 'when=4', 'when=2+5'].map((when): Fault => ({
      call: 'io_getevents',
      inject: `error=${errno}:${when}`,
      reaping: 'call',
    })),
  ),
  { call: 'io_destroy', inject: 'error=EPERM', reaping: 'ring' },
  { call: 'io_destroy', inject: 'error=ENOSYS', reaping: 'call' },
];

/** How calls end that do not fail. */
const GOOD = ['written', 'read', 'record', 'vector', 'synced'];

for (const { call, inject, reaping, error, maybe } of FAULTS) {
  const what = `${call} made to answer ${inject}, reaped by ${reaping}`;
  traced(`${what}: every operation settles once, and as it went [needs strace]`, async (t) => {
    const root = rootTarget();
    const path = await scratchFile(t, root, Buffer.alloc(FILE));
    const { stdout } = await runInjected(t, call, inject, 'injected.fixture.ts', path, reaping);
    const { ends, written, calls, operations, settled } = JSON.parse(stdout) as Report;
    const total = Object.values(ends).reduce((sum, count) => sum + count, 0);
    t.deepEqual([total, settled], [calls, operations]);
    const failures = Object.keys(ends).filter((end) => !GOOD.includes(end));
    if (error === undefined) t.deepEqual(failures, []);
    else if (maybe !== true || failures.length > 0) t.deepEqual(failures, [error]);
    const content = readFileSync(path);
    for (const block of written) {
      t.true(content.subarray(block * PAGE, (block + 1) * PAGE).every((byte) => byte === block + 1));
    }
  });
}
