/** Whether this is a runtime that imitates Node.js and its native interfaces, with bounds of its own. */
export const IMITATES_NODE = 'bun' in process.versions || 'deno' in process.versions;
