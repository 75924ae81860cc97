import * as workers from 'node:worker_threads';

/** From Node 22.10 on. */
const { markAsUncloneable } = workers as { markAsUncloneable?: (object: object) => void };

/** Has postMessage and structuredClone refuse an object, which would be an empty one elsewhere. */
export function uncloneable(object: object): void {
  markAsUncloneable?.(object);
}
