import { expect, it } from '@jest/globals';
import type { CompletionConfig, DurableContext } from '@middy-durable/core';
import fc from 'fast-check';
import { DurableRun } from '../support/durable-run.ts';
import { OfficialRun, type Scenario } from '../support/official-run.ts';

const thresholds: fc.Arbitrary<CompletionConfig> = fc.record(
  {
    minSuccessful: fc.nat(5),
    toleratedFailureCount: fc.nat(4),
    toleratedFailurePercentage: fc.integer({ min: 0, max: 100 }),
  },
  { requiredKeys: [] },
);
const batches = fc.record({
  completionConfig: fc.option(thresholds, { nil: undefined }),
  marks: fc.array(fc.boolean(), { maxLength: 6 }),
  nesting: fc.constantFrom('NESTED' as const, 'FLAT' as const),
});

it('official SDK: batches end for the same reason, after the same items, whatever is tolerated', async () => {
  await fc.assert(
    fc.asyncProperty(batches, async ({ completionConfig, marks, nesting }) => {
      const scenario: Scenario = async (context) => {
        const body = async (child: DurableContext, succeeds: boolean) => {
          await child.step(async () => 1);
          if (!succeeds) throw new Error('no');
          return 1;
        };
        const batch = await context.map('rows', marks, body, { maxConcurrency: 1, completionConfig, nesting });
        return [batch.all.map(({ status }) => status), batch.completionReason, batch.status];
      };
      expect(await new DurableRun(scenario).finish()).toEqual(await new OfficialRun(scenario).finish());
    }),
    { numRuns: 150, seed: 7 },
  );
});
