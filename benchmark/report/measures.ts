import type { Measure } from './over-depth.js';

export const IOPS: Measure = {
  label: 'operations a second',
  description:
    'Medians over the rounds, with their range. The thick line is the reference, the grey around it its own range. ' +
    'Depths, and what else grows, on a logarithmic scale.',
  value: ({ iops }) => iops,
  text: (iops) => `${(iops / 1000).toFixed(iops < 100_000 ? 1 : 0)}k`,
  logarithmic: false,
};

export const CPU: Measure = {
  label: 'microseconds of CPU per operation',
  description:
    'User and system time of the process for one operation: medians over the rounds, with their range. Less is better. ' +
    'Both scales are logarithmic.',
  value: ({ cpuMicrosPerOperation }) => cpuMicrosPerOperation,
  text: (micros) => micros.toFixed(2),
  logarithmic: true,
};
