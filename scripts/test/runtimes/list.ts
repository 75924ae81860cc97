/** What a runtime has not that a test needs: found in the test's title. */
interface Lack {
  what: string;
  why: string;
}

interface Runtime {
  command: readonly [string, ...string[]];
  lacks: readonly Lack[];
}

const COPIES: Lack = { what: '[zero-copy]', why: 'memory that is not its own is not given to it' };
const ENOENT: Lack = { what: 'what cannot be opened is told as Node tells it', why: "its node:fs has a path '' there" };

const CALLERS: readonly Lack[] = [
  'have all callers in their stack',
  'all callers in its stack',
  'has the caller in its stack',
].map((what) => ({ what, why: 'JavaScriptCore keeps fewer callers of asynchronous functions' }));

/** The runtimes beside Node.js, and which tests cannot run there. */
const LISTENERS: Lack = {
  what: 'a listener that throws is an uncaught exception',
  why: "it starts Node's command line",
};

export const RUNTIMES: Record<'bun' | 'deno', Runtime> = {
  bun: {
    command: ['bun'],
    lacks: [
      COPIES,
      ENOENT,
      LISTENERS,
      { what: 'a file whose blocks are being read is not collected', why: 'it has no --expose-gc' },
      {
        what: 'what is wrong with the arguments is thrown as node:fs throws it',
        why: 'its node:fs throws other errors',
      },
      ...CALLERS,
    ],
  },
  deno: {
    command: ['deno', 'run', '--allow-all', '--node-modules-dir=manual'],
    lacks: [
      COPIES,
      ENOENT,
      LISTENERS,
      { what: 'as FileHandle: read into other views', why: 'its FileHandle takes no ArrayBuffer' },
      { what: 'as FileHandle: read and write share the place', why: 'its FileHandle.write returns text for text' },
      { what: 'as FileHandle: write in all its forms', why: 'its FileHandle.write returns text for text' },
      { what: 'as FileHandle: random calls', why: 'its FileHandle throws other errors' },
      { what: 'is seen as that of node:fs is', why: 'its node:fs has events in another order' },
      { what: 'times before 1970 and nanoseconds are kept', why: 'its stat tells milliseconds' },
      { what: 'a path is bytes, not text', why: 'its node:fs makes text of it' },
      { what: 'what needs permission is refused', why: 'its child processes do not take what Node takes' },
    ],
  },
};

export type RuntimeName = keyof typeof RUNTIMES;
