/** A median and its interval. */
export type Interval = readonly [middle: number, low: number, high: number];

export function intervalText([middle, low, high]: Interval, digits = 2): string {
  return `${middle.toFixed(digits)} (${low.toFixed(digits)}-${high.toFixed(digits)})`;
}

/** Three digits that count, as far as they are behind the point. */
export function shortly(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** A date as the record has it, without its seconds. */
export function minuteOf(date: string): string {
  return date.slice(0, 16).replace('T', ' ');
}
