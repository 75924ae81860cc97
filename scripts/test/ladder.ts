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

function pathOf(spec: string): string {
  return `__test__/${spec}.spec.ts`;
}

function inProcesses(...parameters: string[]): Rung['command'] {
  return ['ava', '--tap', '--no-worker-threads', ...parameters];
}

function rung(name: string, env: Rung['env'], specs: readonly string[], lacks: readonly string[]): Rung {
  const without = lacks.flatMap((what) => ['--match', `!*${what}*`]);
  return { name, env, command: inProcesses(...without, ...specs.map(pathOf)) };
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

/** What is for the loop of a thread to carry: the specs of the interface are run in processes by AddressSanitizer anyway. */
const LOOP = ['counters', 'fairness', 'helpers'];

/** In processes of their own, where the loop is not a worker's: what needs that, or all specs of the library itself. */
export const PROCESSES = {
  some: inProcesses(...LOOP.map(pathOf)),
  all: inProcesses('__test__/*.spec.ts'),
};

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
