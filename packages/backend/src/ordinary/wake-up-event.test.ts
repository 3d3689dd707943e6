import { describe, expect, it } from '@jest/globals';
import { isWakeUpEvent } from './wake-up-event.ts';

const wakeUp = { runId: 'run', sequence: 3, at: 1000 };

describe('isWakeUpEvent', () => {
  it('knows the event of a wake-up', () => {
    expect(isWakeUpEvent({ middyDurableWakeUp: wakeUp })).toBe(true);
  });

  it.each([
    undefined,
    null,
    'text',
    {},
    { middyDurableWakeUp: null },
    { middyDurableWakeUp: {} },
    { middyDurableWakeUp: wakeUp, id: 7 },
    { middyDurableWakeUp: { ...wakeUp, runId: '' } },
    { middyDurableWakeUp: { ...wakeUp, sequence: 1.5 } },
    { middyDurableWakeUp: { ...wakeUp, at: '1000' } },
  ])('takes %j for an ordinary event', (event) => {
    expect(isWakeUpEvent(event)).toBe(false);
  });
});
