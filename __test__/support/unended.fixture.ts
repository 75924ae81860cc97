import { createWriteStream } from '../../index.js';

/** Writes lines, and leaves the rest to the end of the process. */
const stream = createWriteStream(process.argv[2] as string);
for (let line = 0; line < 5000; line++) stream.write('a line\n');
stream.write('the last');
