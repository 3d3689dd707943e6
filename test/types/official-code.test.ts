import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type ts from 'typescript';
import { type Complaint, complaintsAbout, officialCode, programOf, root } from './support/compile.ts';

/**
 * The pages of the official documentation (aws/aws-durable-execution-docs, August 2026) whose TypeScript snippets use the
 * API in ways that a file of `official-code/` uses too, in words of our own.
 */
const MIRRORED: Record<string, string[]> = {
  'getting-started/quickstart.md': ['handlers.ts', 'steps.ts'],
  'getting-started/key-concepts.md': ['handlers.ts', 'steps.ts'],
  'sdk-reference/languages/typescript/index.md': ['handlers.ts'],
  'sdk-reference/operations/step.md': ['steps.ts'],
  'sdk-reference/operations/wait.md': ['steps.ts'],
  'sdk-reference/operations/wait-for-condition.md': ['conditions.ts'],
  'sdk-reference/operations/callback.md': ['callbacks.ts'],
  'sdk-reference/operations/child-context.md': ['child-contexts.ts'],
  'sdk-reference/operations/invoke.md': ['child-contexts.ts'],
  'sdk-reference/operations/map.md': ['batches.ts'],
  'sdk-reference/operations/parallel.md': ['batches.ts'],
  'sdk-reference/error-handling/errors.md': ['errors.ts', 'serdes.ts'],
  'sdk-reference/error-handling/retries.md': ['retries.ts'],
  'sdk-reference/state/serialization.md': ['serdes.ts', 'file-system-serdes.ts'],
  'sdk-reference/observability/logging.md': ['loggers.ts'],
  'sdk-reference/observability/plugins.md': ['plugins.ts'],
  'patterns/best-practices/determinism.md': ['steps.ts', 'promises.ts'],
  'patterns/best-practices/idempotency.md': ['steps.ts'],
  'patterns/best-practices/pause-resume.md': ['callbacks.ts', 'conditions.ts'],
  'patterns/best-practices/saga-pattern.md': ['patterns.ts'],
  'patterns/best-practices/state.md': ['patterns.ts'],
  'patterns/best-practices/step-design.md': ['patterns.ts'],
  'patterns/best-practices/code-organization.md': ['patterns.ts', 'child-contexts.ts'],
};
/** Pages with TypeScript that our core has no counterpart for, and why. */
const NOT_MIRRORED: Record<string, string> = {
  'sdk-reference/configuration/custom-lambda-client.md': 'the option `client` comes with the Lambda transport, issue 5',
  'sdk-reference/operations/dag.md': 'context.dag is not part of version 2.4 of the official SDK',
  'sdk-reference/observability/opentelemetry.md': 'a package of its own',
  'testing/': 'the test runner is a package of its own',
};

const corpus = officialCode();
const differences = join(root, 'test/types/known-differences.ts');
const ourCode = join(root, 'test/types/our-code.ts');
const nothing: Complaint[] = [];

describe.each(['official', 'ours'] as const)('code for the official SDK, with %s types', (sdk) => {
  let program: ts.Program;
  beforeAll(() => {
    program = programOf([...corpus, differences, ...(sdk === 'ours' ? [ourCode] : [])], sdk);
  }, 60_000);

  it('compiles', () => {
    expect(complaintsAbout(corpus, program)).toEqual(nothing);
  }, 60_000);

  it('differs in what is known to differ, and in nothing else', () => {
    const lines = readFileSync(differences, 'utf8').split('\n');
    const known = lines.flatMap((line, index) => (line.trim().startsWith('// Differs (') ? [index + 2] : []));
    expect(known.length).toBeGreaterThan(0);
    const found = complaintsAbout([differences], program).map(({ line }) => line);
    expect(found).toEqual(sdk === 'ours' ? known : []);
  });

  if (sdk === 'ours') {
    it('our types know more', () => {
      expect(complaintsAbout([ourCode], program)).toEqual(nothing);
    });
  }
});

describe('the corpus', () => {
  const names = corpus.map((file) => file.slice(file.lastIndexOf('/') + 1));

  it('has the files that mirror the documentation', () => {
    expect(Object.values(MIRRORED).flat()).toEqual(
      expect.arrayContaining(names.filter((name) => !OF_OUR_OWN.has(name))),
    );
    expect(names).toEqual(expect.arrayContaining(Object.values(MIRRORED).flat()));
    expect(Object.keys(MIRRORED).filter((page) => page in NOT_MIRRORED)).toEqual([]);
  });
});

/** Files that no page stands behind. */
const OF_OUR_OWN = new Set(['enumerations.ts', 'misuse.ts', 'transports.ts', 'wire.ts']);
