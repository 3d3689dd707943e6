import { afterEach, describe, expect, it } from '@jest/globals';
import type { NewRun } from '@middy-durable/backend';
import { Storage } from './storage.ts';

const rules: string[] = [];
const storage: Storage = new Storage(
  'memory',
  {},
  (rule) => rules.push(rule),
  () => {},
);

afterEach(() => {
  rules.length = 0;
});

function called(runId: string, operationId: string): NewRun {
  const caller = { runId: 'parent', operationId };
  return {
    runId,
    arn: `arn of ${runId}`,
    functionName: 'called',
    name: runId,
    inputHash: '',
    startedAt: 1,
    firstItem: {
      sequence: 1,
      writeId: runId,
      events: [{ type: 'ExecutionStarted', at: 1, id: runId, name: runId, executionTimeout: 9, caller }],
    },
  };
}

describe('Storage', () => {
  it('lets each chained invoke start one run, however often it asks for it', async () => {
    const store = storage.storeFor(1);
    await store.create(called('one', 'a'));
    await store.create(called('one', 'a'));
    await store.create(called('other', 'b'));
    expect(rules).toEqual([]);
  });

  it('finds a chained invoke that starts another run', async () => {
    await storage.storeFor(1).create(called('third', 'a'));
    expect(rules).toEqual(['one run for each call']);
  });
});
