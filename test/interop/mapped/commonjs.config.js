import mapped from './jest.config.js';

const [, options] = mapped.transform['^.+\\.ts$'];

/** The same in a project of CommonJS, as jest has it by default: what is mapped has to be compiled too. */
export default {
  ...mapped,
  extensionsToTreatAsEsm: [],
  transform: { '^.+\\.ts$': ['@swc/jest', { ...options, module: { type: 'commonjs' } }] },
};
