import type { DurableContext } from '@middy-durable/core';

/** What workflows invoke, run by the engine that began the workflow. */
export const DURABLE_FUNCTIONS: Readonly<
  Record<string, (context: DurableContext, event: { [key: string]: unknown }) => Promise<unknown>>
> = {
  'price-quote': async (context, { order }) => {
    await context.wait('look-up', { seconds: 1 });
    return context.step('price', async () => ({ order, price: 12 }));
  },
  'failing-quote': (context) =>
    context.step(
      'refuse',
      async () => {
        throw Object.assign(new Error('no quotes on Sunday'), { name: 'ClosedError' });
      },
      { retryStrategy: () => ({ shouldRetry: false }) },
    ),
};

/** What workflows invoke that is no durable function. */
export const ORDINARY_FUNCTIONS: Readonly<Record<string, (event: unknown) => Promise<unknown>>> = {
  tax: async (event) => ({ ...(event as { net: number }), vat: 19 }),
  'failing-tax': async () => {
    throw new RangeError('too much');
  },
};
