import type { Job } from './job.js';
import type { Target, TargetName } from './target.js';

/** How to start a process that does a job. */
export interface Command {
  file: string;
  arguments: string[];
  environment?: Record<string, string>;
}

/** Where contestants meet. */
export interface Place {
  target: TargetName;
  depth: number;
}

/** How much of everything is measured: one look at each contestant, what the bars ask for, or all there is. */
export type Breadth = 'smoke' | 'usual' | 'full';

/** One of a line of contestants that differ in one number only. */
export interface Stand {
  /** What they have in common. */
  line: string;
  /** What the number counts. */
  axis: string;
  value: number;
}

/** One of those that are compared. */
export interface Contestant {
  /** Short, unique in its scenario. */
  name: string;
  /** One line on what it does and how, for the report. */
  summary: string;
  /** Its command for a job at a target. The process takes the job's options, and speaks as `harness/window.ts` does. */
  command(job: Job, target: TargetName): Command;
  /** Whether it makes sense there; everywhere when left out. */
  applies?(place: Place): boolean;
  /**
   * `always`: in every table. `candidate`: of the set-ups of `node:fs`, only the fastest in a short heat is measured.
   * `extra`: left out of a usual run. @default 'always'
   */
  part?: 'always' | 'candidate' | 'extra';
  /** A set-up of `node:fs` that does the same work as its rivals: the best of them is compared with. */
  isNodeFs?: boolean;
  /** What it does otherwise than the others of its cell. */
  own?(target: Target): Partial<Job>;
  /** Where it stands among those that differ in one number only, for a plot over that number. */
  at?: Stand;
  /** It draws positions of its own, so that nobody else knows where it has written. */
  ownPositions?: boolean;
}

/** One question, and who is asked. */
export interface Scenario {
  name: string;
  /** Whether blocks are overwritten rather than read. */
  write: boolean;
  /** Whether one block follows the other. @default false */
  sequential?: boolean;
  /** Of a round's length, in all but a full run. @default 1 */
  share?: number;
  /** Left out of a usual run that does not name it. @default false */
  rare?: boolean;
  /** Makes what its contestants need beside the target. */
  prepare?(target: Target, signal: AbortSignal): Promise<void>;
  depths: Record<Breadth, Record<TargetName, readonly number[]>>;
  /** Whether candidates take part there, in a usual run, and extras too in a smoke run. */
  wide(place: Place): boolean;
  /** Bytes of one operation. */
  block: number;
  contestants: readonly Contestant[];
  /** The name of the contestant that the ratios refer to. */
  reference: string;
}

/** A cell's job as this contestant does it. */
export function jobOf(contestant: Contestant, target: Target, job: Job): Job {
  return { ...job, ...contestant.own?.(target) };
}

/** Who takes part at a place, before any heat. */
export function entrants(scenario: Scenario, place: Place, breadth: Breadth, only: readonly string[]): Contestant[] {
  const isWide = scenario.wide(place);
  return scenario.contestants.filter((contestant) => {
    const { name, part = 'always' } = contestant;
    if (name === scenario.reference) return true;
    if (contestant.applies?.(place) === false) return false;
    if (only.length > 0) return only.some((text) => name.includes(text));
    if (part === 'always' || breadth === 'full') return true;
    return isWide && (breadth === 'smoke' || part === 'candidate');
  });
}
