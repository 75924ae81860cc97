/**
 * Looks for what is asked for, once for all who ask for the same before the looking begins: nobody is told what was so before
 * he asked.
 */
export class Lookups<Found> {
  readonly #look: (key: string) => Promise<Found>;
  readonly #underWay = new Map<string, Promise<Found>>();
  /** Of those that asked too late for the one that is under way. */
  readonly #next = new Map<string, Promise<Found>>();

  constructor(look: (key: string) => Promise<Found>) {
    this.#look = look;
  }

  find(key: string): Promise<Found> {
    const underWay = this.#underWay.get(key);
    if (underWay === undefined) return this.#begin(key);
    const waiting = this.#next.get(key);
    if (waiting !== undefined) return waiting;
    const begin = (): Promise<Found> => {
      this.#next.delete(key);
      return this.#begin(key);
    };
    const next = underWay.then(begin, begin);
    this.#next.set(key, next);
    return next;
  }

  #begin(key: string): Promise<Found> {
    // Deleted before anybody hears of it: who is told next begins anew.
    const found = this.#look(key).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, found);
    return found;
  }
}
