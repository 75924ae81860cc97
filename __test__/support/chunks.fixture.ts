/** Reads a file by a stream in chunks of 1 MiB, and tells as JSON what page faults the second half of it has cost. */
import { finished } from 'node:stream/promises';

import { createReadStream } from '../../index.js';

const [path = '', half = ''] = process.argv.slice(2);
const faults = (): number => process.resourceUsage().minorPageFault;
const stream = createReadStream(path, { highWaterMark: 2 ** 20 });
let before = 0;
stream.on('data', () => {
  if (before === 0 && stream.bytesRead >= Number(half)) before = faults();
});
await finished(stream);
console.log(JSON.stringify({ faults: faults() - before }));
