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

const HELPED = [...CORE, '--test=helper'] as const;

/** What helpers carry out, on the running kernel, and the tests beside the core's sources. */
export const HELPERS: Suite = {
  name: 'cargo test, helpers',
  build: HELPED,
  args: [...HELPED, '--', '--skip=simulate::'],
  env: {},
};

const PARTNERED = [...CORE, '--test=late_partner'] as const;

/** What a partner that is late does on the running kernel. */
export const PARTNERS: Suite = {
  name: 'cargo test, partners',
  build: PARTNERED,
  args: [...PARTNERED, '--', '--skip=simulate::'],
  env: {},
};
