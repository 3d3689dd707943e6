import { describe, expect, it } from '@jest/globals';
import { onStatusChange, statusChangePattern } from './status-change.ts';

const event = {
  source: 'aws.lambda',
  'detail-type': 'Durable Execution Status Change',
  detail: { durableExecutionArn: 'arn', status: 'FAILED' },
};

describe('onStatusChange', () => {
  it('hears of executions of both places, and answers what the listener does', async () => {
    const handler = onStatusChange(
      ({ source, detail }, context: { id: number }) => `${source} ${detail.status} ${context.id}`,
    );
    expect(await handler(event, { id: 1 })).toBe('aws.lambda FAILED 1');
    expect(await handler({ ...event, source: 'middy-durable' }, { id: 2 })).toBe('middy-durable FAILED 2');
  });

  it.each([
    undefined,
    null,
    {},
    { ...event, source: 'aws.s3' },
    { ...event, 'detail-type': 'Other' },
    { ...event, detail: undefined },
    { ...event, detail: {} },
  ])('refuses %j', async (other) => {
    const handler = onStatusChange(() => 'heard');
    await expect(handler(other, {})).rejects.toThrow("the event is no 'Durable Execution Status Change'");
  });

  it('refuses a listener that is none', () => {
    expect(() => onStatusChange(undefined as never)).toThrow('the listener is undefined, but must be a function.');
  });

  it('has a pattern for both sources', () => {
    expect(statusChangePattern).toEqual({
      source: ['aws.lambda', 'middy-durable'],
      'detail-type': ['Durable Execution Status Change'],
    });
  });
});
