import { dot, type Markish, text } from '@observablehq/plot';

/** User units of a contestant's lane, and of a group's name above its lanes. */
const LANE = 16;
const NAME = 26;

/**
 * Options of a plot with a lane for each contestant, in groups that are named above their lanes: depths, or loads. The
 * marks' channel of the group is `fy`.
 */
export function lanes(groups: readonly string[], contestants: readonly string[]) {
  const height = groups.length * (contestants.length * LANE + NAME);
  // The first name stands above the frame, in the margin.
  return {
    height: height + 70,
    marginLeft: 12,
    marginBottom: 44,
    marginTop: 26,
    y: { type: 'point', domain: contestants, axis: null, padding: 0.6 },
    fy: { domain: groups, axis: null, padding: NAME / (contestants.length * LANE + NAME) },
  } as const;
}

/** The groups' names. */
export function laneNames(groups: readonly string[]): Markish {
  return text(groups, {
    fy: (group: string) => group,
    text: String,
    frameAnchor: 'top-left',
    dy: -14,
    fontWeight: 'bold',
  });
}

/** Each contestant's shape in its lane, at the channel `x`, in groups by `fy`. */
export function shapes(points: readonly object[], fy: string, x: string): Markish {
  const contestant = 'contestant';
  return dot(points, { fy, y: contestant, x, fill: contestant, symbol: contestant, r: 4.5, title: 'title' });
}
