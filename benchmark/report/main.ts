// Makes the report of a run from its raw data: see HELP.
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { readRecord, readRecords } from './records.js';
import { report } from './report.js';

const HELP = `npm run benchmark:report -- RUN.json [--history DIR] [--output FILE.html]

  --history DIR       other runs to compare with (none)
  --output FILE.html  where the report goes (beside the run)`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { history: { type: 'string' }, output: { type: 'string' }, help: { type: 'boolean' } },
});
const [run, ...more] = positionals;
if (values.help === true || run === undefined || more.length > 0) {
  console.log(HELP);
  process.exitCode = values.help === true ? 0 : 2;
} else {
  const output = values.output ?? `${run.replace(/\.json$/, '')}.html`;
  const history = values.history === undefined ? [] : await readRecords(values.history);
  await writeFile(output, report(await readRecord(run), history));
  console.log(output);
}
