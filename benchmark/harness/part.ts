import { workerData } from 'node:worker_threads';
import type { Job } from './job.js';
import { LatencySampler } from './latency.js';
import { type Positions, positionsOf } from './positions.js';
import type { Course } from './window.js';

/** One worker's share of a job. */
export interface Part {
  job: Job;
  index: number;
  workers: number;
  /** Not 0 when it is time to end. */
  stop: Int32Array;
  /** Operations that each worker has completed. */
  completed: Int32Array;
}

/** The course of a worker, which another thread watches and ends. */
export class PartCourse implements Course {
  readonly positions: Positions;
  readonly write: boolean;
  readonly verify: boolean;
  readonly latency = new LatencySampler();
  left: number;
  readonly #index: number;
  readonly #stop: Int32Array;
  readonly #completed: Int32Array;

  constructor({ job, index, workers, stop, completed }: Part) {
    this.positions = positionsOf(job, index, workers);
    this.write = job.write;
    this.verify = job.verify !== undefined;
    this.left = job.verify === undefined ? Infinity : Math.ceil(job.verify / workers);
    this.#index = index;
    this.#stop = stop;
    this.#completed = completed;
  }

  get running(): boolean {
    return this.#stop[0] === 0;
  }

  get operations(): number {
    return this.#completed[this.#index]!;
  }

  set operations(count: number) {
    this.#completed[this.#index] = count;
  }
}

/** The part of this worker. */
export const partOfThis = (): Part => workerData as Part;
