import { type DurableContext, retryPresets, StepSemantics, withDurableExecution } from '@middy-durable/core';
import { DISASTERS, type Disaster } from '../disasters.ts';
import { effect, first } from '../outside.ts';

export interface Order {
  disaster?: Disaster;
  /** In the step that charges, or between two steps. */
  where?: 'step' | 'plain';
}

/** Three effects, each told with its key; the disaster strikes once. */
export const handler = withDurableExecution(async ({ disaster, where }: Order, context: DurableContext) => {
  const strike = async (place: Order['where']): Promise<void> => {
    if (disaster && place === where && first(disaster)) await DISASTERS[disaster]();
  };
  const perform = (name: string): Promise<string> =>
    context.step(name, async ({ idempotencyKey }) => {
      effect(`${name} ${idempotencyKey}`);
      if (name === 'charge') await strike('step');
      return `${name}: done`;
    });

  const reserved = await perform('reserve');
  await strike('plain');
  const charged = await perform('charge');
  return [reserved, charged, await perform('ship')];
});

/** A step that must not run twice is not run again when its process died. */
export const careful = withDurableExecution(async ({ disaster = 'exit' }: Order, context: DurableContext) =>
  context.step(
    'charge',
    async () => {
      effect('charge');
      if (first(disaster)) await DISASTERS[disaster]();
      return 'charged';
    },
    { semantics: StepSemantics.AtMostOncePerRetry, retryStrategy: retryPresets.noRetry },
  ),
);

/** Its record takes more than one page of the state beside the first, which comes with the event. */
export const bulky = withDurableExecution(async ({ rows }: { rows: number }, context: DurableContext) => {
  let length = 0;
  for (let row = 1; row <= rows; row++) {
    const text = await context.step(`row ${row}`, async () => {
      effect(`row ${row}`);
      return 'x'.repeat(900_000);
    });
    length += text.length;
  }
  const approval = await context.waitForCallback<string>('approval', async () => effect('ask'));
  await context.step('ship', async () => effect('ship'));
  return { length, approval };
});

/** Dies in every invocation. */
export const hopeless = withDurableExecution(async (_event: unknown, context: DurableContext) =>
  context.step('attempt', async () => {
    effect('attempt');
    return DISASTERS.exit();
  }),
);
