export default {
  // Faults have a configuration of their own.
  files: ['__test__/**/*.spec.ts', '!__test__/faults/**'],
  extensions: ['ts'],
  nodeArguments: ['--import=tsx'],
  // Without any result in between; the model tests take their time.
  timeout: '10m',
};
