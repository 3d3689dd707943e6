export default {
  testMatch: [
    '<rootDir>/packages/*/src/**/*.test.ts',
    '<rootDir>/test/**/*.test.ts',
    '<rootDir>/examples/**/*.test.ts',
    '<rootDir>/bench/**/*.test.ts',
  ],
  testEnvironment: 'node',
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
