import { execa } from 'execa';

/** What every command of the run has in common. */
export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Ends the command, and all that it started, when aborted. */
  readonly signal: AbortSignal;
  /** Milliseconds until the command is ended as hung. */
  readonly timeout?: number;
}

/** How a command ended. `problem` is undefined after exit code 0. */
export interface CommandEnd {
  readonly problem: string | undefined;
}

const TIMEOUT_MS = 20 * 60_000;

/** Runs a command and hands over each line that it writes to either output, as it comes. */
export async function eachLine(
  file: string,
  args: readonly string[],
  onLine: (line: string) => void,
  { env = {}, cwd = '.', signal, timeout = TIMEOUT_MS }: CommandOptions,
): Promise<CommandEnd> {
  signal.throwIfAborted();
  const child = execa(file, args, {
    all: true,
    buffer: false,
    cwd,
    // A group of its own: what the command started in turn can then be ended with it.
    detached: true,
    env: { ...env, FORCE_COLOR: '0', CARGO_TERM_COLOR: 'never' },
    preferLocal: true,
    reject: false,
    stdin: 'ignore',
  });
  const endGroup = (): void => {
    killGroup(child.pid);
  };
  signal.addEventListener('abort', endGroup);
  const timer = setTimeout(endGroup, timeout);
  const started = performance.now();
  try {
    for await (const line of child.iterable({ from: 'all' })) onLine(line);
    const result = await child;
    signal.throwIfAborted();
    if (performance.now() - started >= timeout) {
      return { problem: `${file} hung: ended after ${timeout / 60_000} minutes` };
    }
    return { problem: result.failed ? result.shortMessage : undefined };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', endGroup);
    // Whatever the command left behind would hold the scratch filesystems busy.
    killGroup(child.pid);
  }
}

function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
