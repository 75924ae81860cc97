/** The tests of the interface, which has to be the same whoever carries operations out. */
const INTERFACE = [
  'abort',
  'batch',
  'buffer-pool',
  'call',
  'covering-write',
  'direct-file',
  'durability',
  'errors',
  'file-handle',
  'full-disk',
  'inode',
  'misuse',
  'model',
  'open',
  'open-file',
  'submission-queue',
  'views',
  'whole-file',
].map((name) => `__test__/${name}.spec.ts`);

/** One rung of the ladder of engines: `LINUX_AIO_ENGINE`, and the tests without those that it has not what they need. */
export interface Rung {
  engine: string;
  command: [string, ...string[]];
}

function rung(engine: string, lacks: readonly string[]): Rung {
  const without = lacks.flatMap((what) => ['--match', `!*${what}*`]);
  return { engine, command: ['ava', '--tap', '--no-worker-threads', ...without, ...INTERFACE] };
}

/** What a test needs is said at the end of its title, in brackets. */
export const RUNGS: readonly Rung[] = [
  rung('fs', ['[kernel AIO]']),
  rung('fs-buffered', ['[kernel AIO]', '[O_DIRECT]']),
  // Nor block devices, whose tests are named after them.
  rung('none', ['[kernel AIO]', '[O_DIRECT]', '[native]', 'loop-']),
];
