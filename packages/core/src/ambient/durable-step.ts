import { checkStepOptions, step } from '../operations/step.ts';
import type { StepConfig } from '../types.ts';
import { type AmbientCall, AmbientFunction, type AmbientOptions, type AnyFunction } from './ambient-function.ts';

/** Options of `durableStep`: those of a step, and what it is called and told apart by. */
export interface DurableStepOptions<Args extends unknown[], T, This = unknown>
  extends StepConfig<T>,
    AmbientOptions<Args, This> {}

/**
 * Makes a function a step wherever it is called inside a durable execution: its result is recorded once in the current
 * context, and read from the record on replay. No context is handed on. Outside of durable executions, and in the body of
 * another step, a call is a plain call. In an execution that was suspended or has ended meanwhile it never settles.
 *
 * A call is found on record by the context around it, its name, its `key` and how many equal calls came before: calls with
 * different arguments may come in any order, and code may gain or lose them without harm to other operations. The current
 * context is that of the asynchronous caller: a queue of your own that calls later must keep it (`AsyncResource.bind`).
 *
 * @param fn the body, async or not; keeps its `this`
 * @throws TypeError at once for a function without a name, or options that can't be right; from a call, what a step throws,
 *   and TypeError for arguments that are no JSON where there is no `key`
 * @example
 * const charge = durableStep(async function charge(orderId: string, amount: number) {
 *   return payments.charge(orderId, amount, currentStepContext()?.idempotencyKey);
 * }, { retryStrategy: createRetryStrategy({ maxAttempts: 3 }) });
 *
 * export const handler = withDurableExecution(async (order: Order) => charge(order.id, order.total));
 */
export function durableStep<Fn extends AnyFunction>(
  fn: Fn,
  options?: DurableStepOptions<Parameters<Fn>, Awaited<ReturnType<Fn>>, ThisParameterType<Fn>>,
): AmbientCall<Fn, Promise<Awaited<ReturnType<Fn>>>> {
  const ambient = new AmbientFunction('durableStep', fn, options);
  checkStepOptions(options, ambient.label);
  return ambient.wrap(fn, (body, key) =>
    ambient.run(body, (context) =>
      step(context, ambient.name, body, options, undefined, () => ({ kind: 'step', key: key() })),
    ),
  );
}
