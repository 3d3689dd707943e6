import { scopes } from '../engine/frame.ts';
import type { Invocation } from '../engine/invocation.ts';
import type { DurableLogData } from './types.ts';

/** The fields of a line that the running code prints. */
export function logData(invocation: Invocation): DurableLogData {
  const scope = scopes.getStore();
  const call = scope?.body?.call ?? scope?.frame.call;
  const { arn, lambdaContext } = invocation;
  return {
    requestId: lambdaContext?.awsRequestId ?? '',
    executionArn: arn,
    ...(lambdaContext?.tenantId !== undefined && { tenantId: lambdaContext.tenantId }),
    ...(call && { operationId: call.id }),
    ...(call?.kind.name !== undefined && { operationName: call.kind.name }),
    ...(scope?.body && { attempt: scope.body.attempt }),
    ...invocation.instrumentation?.logFields(),
  };
}
