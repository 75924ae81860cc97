export default {
  files: ['__test__/**/*.spec.ts'],
  extensions: ['ts'],
  nodeArguments: ['--import=tsx'],
  // Without any result in between; the model tests take their time.
  timeout: '3m',
};
