/** Suites of the core beside its ordinary tests, as arguments of `cargo`. */
import type { CargoRun } from './cargo.js';

const CORE = ['test', '--profile=simulate', '--package=linux-aio', '--lib'] as const;

/** How many schedules: `LINUX_AIO_SEEDS`. */
export const SIMULATION = [...CORE, 'simulate::', '--', '--nocapture'] as const;
const LOOM = [...CORE, '--target-dir=target/loom', 'models::'] as const;

/** A million by `npm run simulate -- --seeds 1000000`. */
const SEEDS = 100_000;

export const SCHEDULES: CargoRun = {
  name: `cargo test, ${SEEDS} schedules`,
  args: SIMULATION,
  env: { LINUX_AIO_SEEDS: `${SEEDS}` },
};

/** The hand-over between threads. */
export const MODELS: CargoRun = { name: 'cargo test, loom', args: LOOM, env: { RUSTFLAGS: '--cfg loom' } };
