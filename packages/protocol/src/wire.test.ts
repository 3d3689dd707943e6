import { describe, expect, it } from '@jest/globals';
import { isDurableInvocation, isFinal, OperationStatus } from './wire.ts';

describe('the wire', () => {
  it('knows the final statuses', () => {
    const open = Object.values(OperationStatus).filter((status) => !isFinal(status));
    expect(open.sort()).toEqual(['PENDING', 'READY', 'STARTED']);
    expect(isFinal('RUNNING')).toBe(false);
  });

  it.each([
    [{ DurableExecutionArn: 'arn', CheckpointToken: 'dDA=' }, true],
    [{ DurableExecutionArn: 'arn', CheckpointToken: 'dDA=', InitialExecutionState: { Operations: [] } }, true],
    [{ DurableExecutionArn: 'arn' }, false],
    [{ DurableExecutionArn: 'arn', CheckpointToken: '' }, false],
    [{ CheckpointToken: 'dDA=' }, false],
    [{}, false],
    [null, false],
    [undefined, false],
    ['DurableExecutionArn', false],
  ])('%j is a durable invocation: %p', (event, expected) => {
    expect(isDurableInvocation(event)).toBe(expected);
  });
});
