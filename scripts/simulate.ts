/** `npm run simulate -- --seeds N`: schedules above the simulated kernel; `--seed S` replays one. */
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { SIMULATION } from './test/suites.js';

const { values } = parseArgs({ options: { seeds: { type: 'string', default: '100000' }, seed: { type: 'string' } } });
const { exitCode } = await execa({
  stdio: 'inherit',
  reject: false,
  env: { LINUX_AIO_SEEDS: values.seeds, ...(values.seed === undefined ? {} : { LINUX_AIO_SEED: values.seed }) },
})`cargo ${SIMULATION}`;
process.exitCode = exitCode ?? 1;
