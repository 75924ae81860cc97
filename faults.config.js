import base from './ava.config.js';

/** Faults that the whole machine feels: one file at a time, and nothing beside them. */
export default { ...base, files: ['__test__/faults/*.spec.ts'], concurrency: 1, workerThreads: false };
