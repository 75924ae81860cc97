import type { Breadth, Scenario } from '../harness/contestant.js';
import { batchMode } from './batch-mode/scenario.js';
import { chunks } from './chunks/scenario.js';
import { random } from './random/scenario.js';
import { scaling } from './scaling/scenario.js';
import { LARGE, sequential } from './sequential/scenario.js';

/**
 * Every scenario that is measured as cells of a target at a depth. Writes come last: they leave marks where reads expect
 * the pattern.
 *
 * @param program the path of a program below `benchmark/`.
 * @param example the path of the crate's example `ceiling`.
 */
export function scenarios(breadth: Breadth, program: (name: string) => string, example: string): Scenario[] {
  return [
    random('read', program, example),
    ...LARGE.map((block) => sequential('read', block, program, example)),
    chunks(program),
    batchMode('together', program, example),
    batchMode('apart', program, example),
    scaling('depth', breadth, program, example),
    scaling('files', breadth, program, example),
    scaling('workers', breadth, program, example),
    random('write', program, example),
    ...LARGE.map((block) => sequential('write', block, program, example)),
  ];
}
