/** Suites of the core beside its ordinary tests. */
import type { CargoRun } from './cargo.js';

/** What is built, and what of that is run. */
export interface Suite extends CargoRun {
  readonly build: readonly string[];
}

const CORE = ['test', '--profile=simulate', '--package=linux-aio', '--lib'] as const;
const LOOM = [...CORE, '--target-dir=target/loom'] as const;

/** How many schedules: `LINUX_AIO_SEEDS`. */
export const SIMULATION = [...CORE, 'simulate::', '--', '--nocapture'] as const;

/** A million by `npm run simulate -- --seeds 1000000`. */
const SEEDS = 100_000;

export const SCHEDULES: Suite = {
  name: `cargo test, ${SEEDS} schedules`,
  build: CORE,
  args: SIMULATION,
  env: { LINUX_AIO_SEEDS: `${SEEDS}` },
};

/** The hand-over between threads. */
export const MODELS: Suite = {
  name: 'cargo test, loom',
  build: LOOM,
  args: [...LOOM, 'models::'],
  env: { RUSTFLAGS: '--cfg loom' },
};

/** What helpers carry out, on the running kernel, and the tests beside the core's sources. */
export const HELPERS = onLinux('helpers', 'helper');

/** What a partner that is late does, in the same way. */
export const PARTNERS = onLinux('partners', 'late_partner');

function onLinux(name: string, test: string): Suite {
  const build = [...CORE, `--test=${test}`];
  return { name: `cargo test, ${name}`, build, args: [...build, '--', '--skip=simulate::'], env: {} };
}
