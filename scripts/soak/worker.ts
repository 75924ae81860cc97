/** A worker of the soak: a load of a few hundred milliseconds, at whose end it ends, unless it is terminated before. */
import { parentPort, workerData } from 'node:worker_threads';

import { load } from './load.js';

const { path, milliseconds } = workerData as { path: string; milliseconds: number };
const end = performance.now() + milliseconds;
void load(path, () => performance.now() > end).then((done) => parentPort?.postMessage(done));
