/** A worker that posts the time, as often as it can sleep a millisecond: whoever receives it can tell how late that was. */
import { parentPort } from 'node:worker_threads';

const never = new Int32Array(new SharedArrayBuffer(4));

for (;;) {
  Atomics.wait(never, 0, 0, 1);
  parentPort?.postMessage(process.hrtime.bigint());
}
