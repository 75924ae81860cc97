/** Labels that an axis has room for. */
const MOST = 7;

/** The values 1, 2 and 5 times a power of ten in a range; only 1, where these are too many. */
function ticksOf(low: number, high: number): number[] {
  const first = Math.floor(Math.log10(low));
  const powers = Array.from({ length: Math.ceil(Math.log10(high)) - first + 1 }, (_, index) => first + index);
  const within = (factors: readonly number[]) =>
    powers
      .flatMap((power) => factors.map((factor) => factor * 10 ** power))
      .filter((tick) => tick >= low && tick <= high);
  const all = within([1, 2, 5]);
  return all.length > MOST ? within([1]) : all;
}

/** Options of a logarithmic scale for these values, with labels at round ones: Plot's own leaves most of them out. */
export function logarithmic(label: string, values: readonly number[]) {
  const low = Math.min(...values) / 1.15;
  const high = Math.max(...values) * 1.15;
  return {
    type: 'log',
    label,
    domain: [low, high],
    grid: true,
    ticks: ticksOf(low, high),
    tickFormat: (tick: number) => String(Number(tick.toPrecision(1))),
  } as const;
}
