import {
  type BatchResult,
  createExtendedSerdes,
  createFileSystemSerdes,
  type DurableContext,
  type DurablePromise,
  defaultSerdes,
  type Serdes,
} from '@middy-durable/core';

// What our types know beyond the official ones: compiled by official-code.test.ts.

/** Assignable only where both types are the same, `any` included. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<_A extends true>(): void {}

interface Order {
  id: string;
}
declare function load(): Promise<Order>;
declare const anything: Serdes<unknown>;

/** A serdes for whatever values leaves the type of a result alone. */
export function generic(context: DurableContext): void {
  for (const serdes of [defaultSerdes, createExtendedSerdes(), createFileSystemSerdes('/mnt/data')]) {
    const step = context.step('a', load, { serdes });
    same<Same<typeof step, DurablePromise<Order>>>();
    const child = context.runInChildContext(load, { serdes });
    same<Same<typeof child, DurablePromise<Order>>>();
    const map = context.map([1], load, { itemSerdes: serdes, serdes });
    same<Same<typeof map, DurablePromise<BatchResult<Order>>>>();
    const parallel = context.parallel([load], { itemSerdes: serdes, serdes });
    same<Same<typeof parallel, DurablePromise<BatchResult<Order>>>>();
    const callback = context.waitForCallback<Order>('b', async () => {}, { serdes });
    same<Same<typeof callback, DurablePromise<Order>>>();
  }
  const unknown = context.step('a', load, { serdes: anything });
  same<Same<typeof unknown, DurablePromise<unknown>>>();
  // @ts-expect-error the two are not the same
  same<Same<typeof unknown, DurablePromise<Order>>>();
}
