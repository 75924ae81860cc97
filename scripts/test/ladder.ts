/** The tests of the interface, which has to be the same whoever carries operations out, and from whatever memory. */
export const INTERFACE = [
  'abort',
  'batch',
  'buffer-pool',
  'call',
  'callbacks',
  'copy/copy-file',
  'copy/devices',
  'copy/failures',
  'copy/hash-file',
  'copy/hash-turns',
  'copy/lanes',
  'copy/ranges',
  'copy/verify-file',
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
  'prepared-batch',
  'streams/blocks',
  'streams/pipe-to',
  'streams/read-stream',
  'streams/readable-web-stream',
  'streams/take-back',
  'streams/writable-web-stream',
  'streams/write-stream',
  'streams/write-stream-ends',
  'streams/write-stream-pipelines',
  'streams/write-stream-places',
  'submission-queue',
  'views',
  'whole-file',
];
/** Those about more than that. */
const ROBUSTNESS = ['hostile', 'lifecycle', 'programs'];

/** One rung of the ladder: what the environment says, and the tests without those that it has not what they need. */
export interface Rung {
  name: string;
  env: Readonly<Record<string, string>>;
  command: [string, ...string[]];
}

function rung(name: string, env: Rung['env'], specs: readonly string[], lacks: readonly string[]): Rung {
  const without = lacks.flatMap((what) => ['--match', `!*${what}*`]);
  const files = specs.map((spec) => `__test__/${spec}.spec.ts`);
  return { name, env, command: ['ava', '--tap', '--no-worker-threads', ...without, ...files] };
}

function engine(name: string, lacks: readonly string[]): Rung {
  return rung(`engine ${name}`, { LINUX_AIO_ENGINE: name }, INTERFACE, lacks);
}

/** The tests of all rungs, on none. */
export const ALL = rung('all', {}, [...INTERFACE, ...ROBUSTNESS], []);

/** Of streams and copies, which are JavaScript alone, those that come nearest to the memory. */
const NEAR = ['copy/copy-file', 'streams/blocks', 'streams/write-stream'];

/** Where it matters what the addon does, and not what is built on that. */
const NEAREST = [...INTERFACE, ...ROBUSTNESS].filter(isNearMemory);

/** The tests of what the addon does to memory. */
export const MEMORY = rung('memory', {}, NEAREST, []);

function isNearMemory(spec: string): boolean {
  return !spec.includes('/') || NEAR.includes(spec);
}

/** What a test needs is said at the end of its title, in brackets. */
export const RUNGS: readonly Rung[] = [
  rung('copied memory', { LINUX_AIO_MEMORY: 'copied' }, NEAREST, ['[zero-copy]']),
  rung('completions by a thread', { LINUX_AIO_EVENTS: 'thread' }, NEAREST, []),
  engine('fs', ['[kernel AIO]']),
  engine('fs-buffered', ['[kernel AIO]', '[O_DIRECT]']),
  // Nor block devices, whose tests are named after them.
  engine('none', ['[kernel AIO]', '[O_DIRECT]', '[native]', 'loop-']),
];
