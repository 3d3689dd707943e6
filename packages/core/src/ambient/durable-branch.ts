import { type AmbientCall, AmbientFunction, type AmbientNaming, type AnyFunction } from './ambient-function.ts';

/** A branch for `context.parallel`, made by a function of `durableBranch`. */
export interface DurableBranch<T> {
  readonly name: string;
  readonly func: () => Promise<T>;
}

/** Options of `durableBranch`. */
export interface DurableBranchOptions extends AmbientNaming {}

/**
 * Makes a function one whose calls are branches of `context.parallel`: a call binds the arguments, and the parallel runs it
 * with the branch's context as the current one. The branch is recorded under the function's name; as with every parallel,
 * branches are found by their position. Outside of durable executions its `func()` is a plain call.
 *
 * @param fn the body; keeps its `this`
 * @throws TypeError at once for a function without a name, or options that can't be right
 * @example
 * const checkStock = durableBranch(async function checkStock(order: Order) {
 *   return reserve(order.lines); // a durableStep
 * });
 *
 * const batch = await context.parallel('checks', [checkStock(order), checkCredit(order)]);
 */
export function durableBranch<Fn extends AnyFunction>(
  fn: Fn,
  options?: DurableBranchOptions,
): AmbientCall<Fn, DurableBranch<Awaited<ReturnType<Fn>>>> {
  const ambient = new AmbientFunction('durableBranch', fn, options);
  return ambient.wrap(fn, (body) => ({ name: ambient.name, func: () => ambient.run(body, body) }));
}
