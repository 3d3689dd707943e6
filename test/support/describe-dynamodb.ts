import { afterAll, beforeAll, describe } from '@jest/globals';
import { type DynamoDBEngine, ENGINES, type EngineKind, isAvailable, openDynamoDB } from './dynamodb-engines.ts';

/** Does `tests` on one engine, which is there from `beforeAll` on; skipped where it can't run. */
export function describeOn(kind: EngineKind, tests: (engine: () => DynamoDBEngine) => void): void {
  (isAvailable(kind) ? describe : describe.skip)(`on ${kind}`, () => {
    let engine: DynamoDBEngine;
    beforeAll(async () => {
      engine = await openDynamoDB(kind);
    });
    afterAll(() => engine?.close());
    tests(() => engine);
  });
}

/** Does `tests` on every engine that can run here. */
export function describeOnEach(tests: (engine: () => DynamoDBEngine) => void): void {
  for (const kind of ENGINES) describeOn(kind, tests);
}
