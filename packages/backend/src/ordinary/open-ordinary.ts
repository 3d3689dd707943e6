import {
  DurableExecutionAlreadyStartedException,
  type OpenedInvocation,
  type OrdinaryEventOptions,
  ServiceException,
  ValidationException,
} from '@middy-durable/protocol';
import type { Engine } from '../engine.ts';
import type { Predecessor } from '../predecessor.ts';
import { served } from '../request-shape.ts';
import { createOnce } from '../start-execution.ts';
import { type Attached, attach } from './attach.ts';
import { inlineInvocation } from './inline-invocation.ts';
import { fingerprintHash, firstEnvelope, inlineRun, type OrdinaryRequest } from './inline-run.ts';
import { lambdaInvocation } from './lambda-invocation.ts';
import { describeObserved, observe } from './observe.ts';
import { describeEvent, fittingName } from './source/index.ts';
import { tell } from './standing.ts';

/** Each time somebody else has given the name to another run, so only a broken store gets this far. */
const MOST_LOST_RACES = 100;

/**
 * Takes an ordinary event: starts a run that is executed in this invocation, goes on with the one that the same event
 * started before, or answers with what that one is.
 *
 * Rejects with DurableExecutionAlreadyStartedException when another event has the name, with the stored error of a run that
 * failed and is not to be resumed, and with a ServiceException when the store fails.
 */
export async function openOrdinary(
  engine: Engine,
  event: unknown,
  lambdaContext: unknown,
  options: OrdinaryEventOptions = {},
): Promise<OpenedInvocation> {
  const { mode = 'durable', executionTimeout } = options;
  if (mode !== 'durable' && mode !== 'observe') {
    throw new ValidationException(`mode must be 'durable' or 'observe', not ${JSON.stringify(mode)}.`);
  }
  const lambda = lambdaInvocation(engine, lambdaContext);
  const describe = mode === 'observe' ? describeObserved : describeEvent;
  const described = await describe(event, lambdaContext, options);
  const name = described.name ?? fittingName(lambda.requestId ?? engine.clock.randomId());
  const request = { name, event: described, lambda, executionTimeout };
  if (mode === 'observe') return observe(engine, request);
  const attached = await served(() => startOrAttach(engine, request));
  return 'opened' in attached ? attached.opened : { answer: await tell(attached.standing, described.pending) };
}

async function startOrAttach(
  engine: Engine,
  request: OrdinaryRequest,
): Promise<Exclude<Attached, { predecessor: unknown }>> {
  let predecessor: Predecessor | undefined;
  for (let lost = 0; lost < MOST_LOST_RACES; lost++) {
    const inline = inlineRun(engine, request, predecessor);
    const existing = await createOnce(engine, inline.run);
    if (existing === undefined) {
      engine.runs.adopt(inline.log);
      engine.changed();
      const end = inlineInvocation(engine, inline.run.runId, inline.invocation, request.event);
      return { opened: { run: firstEnvelope(inline), inline: end } };
    }
    if (existing.inputHash !== fingerprintHash(request.event)) {
      throw new DurableExecutionAlreadyStartedException(
        `Execution already started: ${existing.arn}. The name is taken by something else than this event: send another ` +
          'content under another name (Idempotency-Key, option executionName), or say by option fingerprint what counts as the same.',
      );
    }
    const attached = await attach(engine, existing.runId, request);
    if (!('predecessor' in attached)) return attached;
    predecessor = attached.predecessor;
  }
  throw new ServiceException(
    `Execution ${request.name} could not be started: ${MOST_LOST_RACES} times another one took its name. Try again later.`,
  );
}
