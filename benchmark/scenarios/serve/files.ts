/** What is served: a large file that is full of the pattern, and a small one for the warm-up, of the pattern too. */
export const SOURCE = 'source.bin';
export const SMALL = 'small.bin';
