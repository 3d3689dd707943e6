import { checkChildOptions, childContext } from '../operations/child-context.ts';
import type { ChildConfig } from '../types.ts';
import { type AmbientCall, AmbientFunction, type AmbientOptions, type AnyFunction } from './ambient-function.ts';

/** Options of `durableChildContext`: those of a child context, and what it is called and told apart by. */
export interface DurableChildContextOptions<Args extends unknown[], T, This = unknown>
  extends ChildConfig<T>,
    AmbientOptions<Args, This> {}

/**
 * Makes a function a child context wherever it is called inside a durable execution: ambient calls in it belong to it, and
 * its result is recorded as one operation. Otherwise as `durableStep`.
 *
 * @param fn the body; keeps its `this`. `currentDurableContext()` is the child in it
 * @throws as `durableStep`; from a call, what `runInChildContext` throws
 * @example
 * const fulfil = durableChildContext(async function fulfil(order: Order) {
 *   const parcel = await pack(order); // a durableStep
 *   await currentDurableContext()?.wait({ hours: 1 });
 *   return ship(parcel); // another one
 * });
 */
export function durableChildContext<Fn extends AnyFunction>(
  fn: Fn,
  options?: DurableChildContextOptions<Parameters<Fn>, Awaited<ReturnType<Fn>>, ThisParameterType<Fn>>,
): AmbientCall<Fn, Promise<Awaited<ReturnType<Fn>>>> {
  const ambient = new AmbientFunction('durableChildContext', fn, options);
  checkChildOptions(options, ambient.label);
  return ambient.wrap(fn, (body, key) =>
    ambient.run(body, (context) =>
      childContext<Awaited<ReturnType<Fn>>>(context, ambient.name, body, options, {
        method: 'runInChildContext',
        ambient: () => ({ kind: 'context', key: key() }),
        after: (_call, value) => value,
      }),
    ),
  );
}
