import { describe, expect, it } from '@jest/globals';
import { memoryBackend } from '@middy-durable/backend';
import { RunReader } from './run-log.ts';

describe('RunReader', () => {
  const backend = memoryBackend();

  it('reads on where it was, also when it is asked twice at once', async () => {
    const { DurableExecutionArn: arn } = await backend.executions.start({ functionName: 'orders' });
    const reader = new RunReader(backend.engine.store, arn);
    expect((await reader.look()).events).toHaveLength(1);
    await backend.executions.stop(arn);
    const [one, two] = await Promise.all([reader.look(), reader.look()]);
    expect(one.events.map(({ type }) => type)).toEqual(['ExecutionStarted', 'ExecutionStopped']);
    expect(two.state.status).toBe('STOPPED');
  });

  it('says so when there is no such run, and keeps working', async () => {
    const arn = 'arn:aws:lambda:us-east-1:000000000000:function:orders:$LATEST/durable-execution/order-7/none';
    const reader = new RunReader(backend.engine.store, arn);
    await expect(reader.look()).rejects.toThrow('Run none is not in the store');
    await expect(reader.look()).rejects.toThrow('Run none is not in the store');
  });
});
