/** Ours, among those that differ in one number only. */
export const OURS = 'linux-aio';
