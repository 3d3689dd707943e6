import { DurablePromise } from '../durable-promise.ts';
import type { Context } from '../engine/context.ts';
import { scopes } from '../engine/frame.ts';
import { PromiseCombinatorError } from '../errors.ts';
import { fromJson, type Serdes, toJson } from '../serdes.ts';
import type { ChildConfig } from '../types.ts';
import { childContext } from './child-context.ts';

export type Combinator = 'all' | 'allSettled' | 'any' | 'race';

/**
 * A combinator of promises whose outcome is recorded. Its id is claimed when it is first awaited, as in the official SDK: an
 * earlier one would change the ids of executions that are under way.
 */
export function combine<R>(
  context: Context,
  combinator: Combinator,
  name: string | undefined,
  promises: Iterable<unknown>,
): DurablePromise<R> {
  const config: ChildConfig<R> = {
    errorMapper: (error) => new PromiseCombinatorError(error.message, error),
    ...(combinator === 'allSettled' && { serdes: settledSerdes as Serdes<never> as Serdes<R> }),
  };
  const given = members(promises);
  return new DurablePromise<R>(() => {
    const outcome = childContext<R>(
      context,
      name,
      async (child) => {
        // The engine's own frame: it waits for the members and for nothing else. They deliver to it, not to the user's frame.
        child.frame.park();
        // A member that is itself a combinator claims its id now, in the context it was called on.
        const outcomes = scopes.run({ frame: context.frame, context }, () =>
          given?.map((promise) => DurablePromise.outcomeOf(promise)),
        );
        return (await (Promise[combinator] as (outcomes: unknown) => Promise<unknown>)(outcomes)) as R;
      },
      config,
      {
        method: `promise.${combinator}`,
        check(label) {
          if (!given) throw new TypeError(`${label}: needs an array of promises`);
          if (combinator === 'race' && given.length === 0) {
            throw new RangeError(`${label}: a race of no promises would never end; give it at least one`);
          }
        },
        after: (_call, value) => value,
      },
    );
    // It claims it at the same moment where the record tells the outcome and the body does not run.
    queueMicrotask(() => {
      scopes.run({ frame: context.frame, context }, () => given?.forEach(DurablePromise.claim));
    });
    return outcome;
  });
}

/** The members, as they are at the call. What user code made of promises may reject: who combines them will look at it. */
function members(promises: Iterable<unknown>): unknown[] | undefined {
  if (typeof (promises as Partial<Iterable<unknown>> | undefined)?.[Symbol.iterator] !== 'function') return undefined;
  const given = Array.from(promises);
  // On replay the record tells, and nobody else looks.
  for (const promise of given) if (promise instanceof Promise) promise.catch(() => {});
  return given;
}

/** JSON in which a rejection's `Error` survives with its name and message. Stack traces, full of local paths, do not. */
const settledSerdes: Serdes<PromiseSettledResult<unknown>[]> = {
  async serialize(results) {
    return toJson(
      results?.map((result) => {
        if (result.status === 'fulfilled' || !(result.reason instanceof Error)) return result;
        const { message, name } = result.reason;
        return { status: result.status, reason: { message, name, stack: `${name}: ${message}` } };
      }),
    );
  },
  async deserialize(text) {
    const results = fromJson(text) as PromiseSettledResult<unknown>[] | undefined;
    return results?.map((result) => {
      if (result.status === 'fulfilled' || !isStoredError(result.reason)) return result;
      const { message, name, stack } = result.reason;
      return { status: result.status, reason: Object.assign(new Error(message), { name, stack }) };
    });
  },
};

function isStoredError(reason: unknown): reason is { message: string; name: string; stack?: string } {
  const { message, name } = (reason ?? {}) as { message?: unknown; name?: unknown };
  return typeof message === 'string' && typeof name === 'string';
}
