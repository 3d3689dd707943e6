import { describe, expect, it } from '@jest/globals';
import { type DynamoDBBackendOptions, dynamoDBBackend } from './dynamodb-backend.ts';
import { dynamoDBStore } from './dynamodb-store.ts';

describe('options', () => {
  it.each<[Record<string, unknown>, RegExp]>([
    [{ tableName: undefined }, /tableName is undefined/],
    [{ tableName: 'a b' }, /tableName is 'a b'/],
    [{ client: {} }, /it has no send\(\)/],
    [{ client: null }, /it has no send\(\)/],
    [{ retentionDays: -1 }, /retentionDays is -1/],
    [{ retentionDays: Number.NaN }, /retentionDays is NaN/],
    [{ offloadBytes: 1.5 }, /offloadBytes is 1.5/],
    [{ bucket: 'No_Bucket' }, /bucket is 'No_Bucket'/],
    [{ bucket: { put() {} } }, /put\(\) and get\(\)/],
    [{ codec: { encode() {} } }, /encode\(\) and decode\(\)/],
  ])('%j are refused', (wrong, message) => {
    const options = { tableName: 'runs', ...wrong } as DynamoDBBackendOptions;
    for (const make of [dynamoDBStore, dynamoDBBackend]) {
      expect(() => make(options)).toThrow(expect.objectContaining({ name: 'ValidationException' }));
      expect(() => make(options)).toThrow(message);
    }
  });

  it('may name a table by its ARN', () => {
    const tableName = 'arn:aws:dynamodb:eu-west-1:123456789012:table/runs';
    expect(dynamoDBStore({ tableName }).tableName).toBe(tableName);
  });

  it('must be there', () => {
    expect(() => dynamoDBStore(undefined as never)).toThrow(/tableName is undefined/);
  });

  it('make a store that refuses calls once it is closed', async () => {
    const store = dynamoDBStore({ tableName: 'runs' });
    await store.close();
    await expect(store.head('a')).rejects.toThrow('The store on table runs was closed by this process');
  });
});
