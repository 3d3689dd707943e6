import { type DurableContext, DurablePromise, PromiseCombinatorError } from '@aws/durable-execution-sdk-js';

export async function combinators(context: DurableContext): Promise<unknown[]> {
  const one = context.step('one', async () => 1);
  const two: DurablePromise<number> = context.step('two', async () => 2);
  const all: number[] = await context.promise.all([one, two]);
  const namedAll: number[] = await context.promise.all('both', [one, two]);
  const settled: PromiseSettledResult<number>[] = await context.promise.allSettled([one, two]);
  const namedSettled = await context.promise.allSettled('settled', [one, two]);
  const values = namedSettled.map((each) => (each.status === 'fulfilled' ? each.value : String(each.reason)));
  const any: number = await context.promise.any([one, two]);
  const namedAny: number = await context.promise.any('any', [one, two]);
  const raced: number = await context.promise.race([one, two]);
  const namedRace = await context.promise.race('deadline', [
    // biome-ignore lint/suspicious/noConfusingVoidType: what a wait resolves to
    context.step('work', async (): Promise<string | void> => 'done'),
    context.wait('timeout', { minutes: 5 }),
  ]);
  const unnamed: number[] = await context.promise.all(undefined, [one]);
  const native: [number, string] = await Promise.all([one, context.step(async () => 'x')]);
  const nativeRace = await Promise.race([one, context.wait({ seconds: 1 })]);
  return [all, namedAll, settled, values, any, namedAny, raced, namedRace, unnamed, native, nativeRace];
}

export async function byHand(): Promise<string> {
  const later = new DurablePromise(async () => 'value');
  const before: boolean = later.isExecuted;
  const asPromise: Promise<string> = later;
  const tag: string = later[Symbol.toStringTag];
  const text = await asPromise.then(
    (value) => value,
    (reason: unknown) => (reason instanceof PromiseCombinatorError ? reason.errorType : tag),
  );
  return before ? text : tag;
}
