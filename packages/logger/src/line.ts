import type { ObservedInvocation } from '@middy-durable/core/middleware';
import { isReserved, keysOf } from './execution-keys.ts';

/** A line's message with what an execution adds to it. What the line itself says goes before that. */
export function withFields(
  logger: object,
  invocation: ObservedInvocation,
  input: unknown,
  annotated: boolean,
): Record<string, unknown> {
  const {
    requestId: _requestId, // Powertools has fields of its own for these.
    tenantId: _tenantId,
    executionArn,
    operationId,
    operationName,
    attempt,
    ...added
  } = invocation.logData;
  const line: Record<string, unknown> = { execution_arn: executionArn };
  if (operationId !== undefined) line.operation_id = operationId;
  if (operationName !== undefined) line.operation_name = operationName;
  if (attempt !== undefined) line.attempt = attempt;
  if (annotated && invocation.isRepeating) line.replay = true;
  for (const key in added) if (!isReserved(key)) line[key] = added[key];
  Object.assign(line, keysOf(logger, invocation));
  return typeof input === 'string' ? Object.assign(line, { message: input }) : Object.assign(line, input);
}
