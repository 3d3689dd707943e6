export default {
  testMatch: [
    '<rootDir>/packages/*/src/**/*.test.ts',
    '<rootDir>/test/**/*.test.ts',
    '<rootDir>/examples/**/*.test.ts',
    '<rootDir>/bench/**/*.test.ts',
  ],
  testEnvironment: 'node',
  // For the slowest machine; nothing waits for it unless it hangs.
  testTimeout: 120_000,
  // Much of the time goes by in other processes: databases, handlers, compilers.
  maxWorkers: '100%',
  // Modules of finished files are never let go of by Node's own module loader.
  workerIdleMemoryLimit: '1.5GB',
  // Sibling packages resolve to their sources: the tests need no build.
  testEnvironmentOptions: { customExportConditions: ['@middy-durable/source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { swcrc: false, jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'es6' } },
    ],
  },
  modulePathIgnorePatterns: ['/dist/', '<rootDir>/.conformance/', '<rootDir>/.cache/'],
  cacheDirectory: '<rootDir>/.cache/jest',
  coverageProvider: 'babel',
  coverageDirectory: '<rootDir>/coverage',
  collectCoverageFrom: ['packages/*/src/**/*.ts', '!**/*.test.ts'],
};
