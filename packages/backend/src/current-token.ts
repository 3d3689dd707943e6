import {
  type CheckpointToken,
  decodeCheckpointToken,
  InvalidParameterValueException,
  MAX_CHECKPOINT_TOKEN_LENGTH,
  staleToken,
} from '@middy-durable/protocol';
import type { Engine } from './engine.ts';
import { checkText } from './request-shape.ts';
import type { RunLog } from './run-log.ts';

const MAX_ARN_LENGTH = 1024;

/** The token of a request. Throws ValidationException without one, a stale token for one that nobody issued. */
export function readToken(request: { DurableExecutionArn: string; CheckpointToken: string }): CheckpointToken {
  checkText(request.DurableExecutionArn, 'durableExecutionArn', MAX_ARN_LENGTH);
  return decodeCheckpointToken(checkText(request.CheckpointToken, 'checkpointToken', MAX_CHECKPOINT_TOKEN_LENGTH));
}

/** Refuses a token that belongs to another execution than the request names. */
export function checkArn(log: RunLog, arn: string): void {
  if (log.identity.arn === arn) return;
  throw new InvalidParameterValueException('Checkpoint token is not valid for the durable execution ARN');
}

/** Refuses all but the newest token of the current invocation of a running execution. */
export function checkCurrent(engine: Engine, log: RunLog, token: CheckpointToken, arn: string): void {
  checkArn(log, arn);
  if (log.closed) throw staleToken(`the execution is ${log.state.status}`);
  if (engine.clock.now() >= log.deadline) throw staleToken('the execution has timed out');
  const { invocation } = log.state;
  if (invocation === undefined) throw staleToken('no invocation is in flight');
  if (invocation.invocationId !== token.invocationId) throw staleToken('a newer invocation has begun');
  if (log.sequence !== token.sequence) throw staleToken('it was used already');
}
