import { describe, expect, it } from '@jest/globals';
import { createBackend, memoryStore } from '@middy-durable/backend';
import { createWakeUpHandler, dynamoDBBackend, runWakeUps } from '../index.ts';

const tableName = 'durable-executions';

describe('createWakeUpHandler', () => {
  it.each([
    [{ tableName: 'x' }, "tableName is 'x'"],
    [{ tableName, limit: 0 }, 'limit must be a whole number from 1'],
    [{ tableName, concurrency: 0.5 }, 'concurrency must be a whole number from 1'],
    [{ tableName, retries: { maxAttempts: 0 } }, 'retries.maxAttempts must be a whole number from 1'],
    [{ tableName, lambda: {} as never }, 'lambda is no client of the AWS SDK: it has no send().'],
    [{ tableName, eventBridge: {} as never }, 'eventBridge is no client of the AWS SDK: it has no send().'],
    [{ tableName, eventBusName: '' }, 'eventBusName must be the name or ARN of an event bus.'],
    [{ tableName, onError: 1 as never }, 'onError must be a function.'],
    [{ tableName, functions: { 'a.b': {} } }, "'a.b' is no name of a function"],
  ])('refuses %j', (options, message) => {
    expect(() => createWakeUpHandler(options)).toThrow(message);
  });

  it('refuses a backend that lies on no table', () => {
    const store = memoryStore();
    const backend = Object.assign(createBackend({ store }), { store }) as never;
    expect(() => createWakeUpHandler({ backend })).toThrow('that dynamoDBBackend() of this package returned.');
  });
});

describe('runWakeUps', () => {
  it('refuses what it cannot poll by', async () => {
    const backend = dynamoDBBackend({ tableName, wakeUp: false, client: { send: async () => ({}) } as never });
    const running = runWakeUps({ backend, signal: AbortSignal.abort(), pollSeconds: 0 });
    await expect(running).rejects.toThrow('pollSeconds must be more than 0, not 0.');
  });
});

describe('dynamoDBBackend', () => {
  it('refuses a wake-up function without a name that can be one', () => {
    expect(() => dynamoDBBackend({ tableName, wakeUp: { functionName: 7 as never } })).toThrow(
      'wakeUp.functionName must be the name or ARN of the wake-up function.',
    );
  });
});
