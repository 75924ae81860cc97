// Makes the report of a run from its raw data, or of a history of comparisons: see HELP.
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { readHistory } from '../compare/history.js';
import { commitsReport } from './commits.js';
import { readRecord, readRecords } from './records.js';
import { report } from './report.js';

const HELP = `npm run benchmark:report -- RUN.json [--history DIR] [--output FILE.html]
npm run benchmark:report -- HISTORY.jsonl [--output FILE.html]

Of a run of benchmark, or of what runs of benchmark:compare have added to a history.

  --history DIR       other runs to compare with (none)
  --output FILE.html  where the report goes (beside the run)`;

const ENDING = /\.jsonl?$/;

async function reportOf(path: string, others: string | undefined): Promise<string> {
  if (path.endsWith('.jsonl')) return commitsReport(await readHistory(path));
  return report(await readRecord(path), others === undefined ? [] : await readRecords(others));
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { history: { type: 'string' }, output: { type: 'string' }, help: { type: 'boolean' } },
});
const [run, ...more] = positionals;
if (values.help === true || run === undefined || more.length > 0) {
  console.log(HELP);
  process.exitCode = values.help === true ? 0 : 2;
} else {
  const output = values.output ?? `${run.replace(ENDING, '')}.html`;
  await writeFile(output, await reportOf(run, values.history));
  console.log(output);
}
