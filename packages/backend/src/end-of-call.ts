import type { DurableExecutionInvocationInput } from '@middy-durable/protocol';
import type { Claim } from './claim.ts';
import type { InvocationEnd } from './completion.ts';
import type { Engine } from './engine.ts';
import { timedOutError } from './invocation-error.ts';
import { callEvent } from './ordinary-call.ts';
import type { InvocationContext, Invoke } from './service.ts';

/** Calls the function of a claimed invocation, and resolves to how that ends: it answers, fails, or runs out of time. */
export async function endOfCall(
  engine: Engine,
  invoke: Invoke,
  claim: Claim,
  controller: AbortController,
): Promise<InvocationEnd> {
  const { clock } = engine;
  const began = clock.now();
  let cancelTimer = (): void => {};
  const outOfTime = new Promise<InvocationEnd>((resolve) => {
    cancelTimer = clock.schedule(() => {
      const failure = timedOutError({ ...claim, leaseUntil: claim.deadline, startedAt: began }, clock.now());
      controller.abort(new Error(failure.ErrorMessage));
      resolve({ failure, outOfTime: true });
    }, claim.endsAt - began);
  });
  const answer = (async (): Promise<InvocationEnd> => {
    try {
      return { output: await call(engine, invoke, claim, controller.signal) };
    } catch (failure) {
      return { failure, interrupted: controller.signal.aborted };
    }
  })();
  const end = await Promise.race([answer, outOfTime]);
  cancelTimer();
  return end;
}

async function call(engine: Engine, invoke: Invoke, claim: Claim, signal: AbortSignal): Promise<unknown> {
  const { functionName, qualifier, requestId, deadline, tenantId, work } = claim;
  const context: InvocationContext = {
    requestId,
    signal,
    deadline,
    qualifier,
    ...(tenantId !== undefined && { tenantId }),
  };
  if ('envelope' in work) return invoke(functionName, work.envelope, context);
  const event = callEvent(work.payload);
  const { handler } = engine.functions.find(functionName) ?? {};
  if (handler !== undefined) return handler(event, context);
  return invoke(functionName, event as DurableExecutionInvocationInput, context);
}
