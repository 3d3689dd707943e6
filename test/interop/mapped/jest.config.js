import base from '../../../jest.config.js';

/** The official name means this project's engine, as in a user's project that moves over. */
export default {
  ...base,
  rootDir: '../../..',
  testMatch: ['<rootDir>/test/interop/mapped/official-style.test.ts'],
  moduleNameMapper: { '^@aws/durable-execution-sdk-js$': '<rootDir>/packages/core/src/index.ts' },
};
