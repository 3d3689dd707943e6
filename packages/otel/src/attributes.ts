import type { InvocationInfo, OperationInfo } from '@middy-durable/core';
import { type Attributes, SpanStatusCode } from '@opentelemetry/api';

export function invocationAttributes({ executionArn, isFirstInvocation, requestId }: InvocationInfo): Attributes {
  return {
    'durable.execution.arn': executionArn,
    'durable.invocation.first': isFirstInvocation,
    ...(requestId && { 'faas.invocation_id': requestId }),
  };
}

export function operationAttributes(executionArn: string, { id, type, name, subType }: OperationInfo): Attributes {
  return {
    'durable.execution.arn': executionArn,
    'durable.operation.id': id,
    'durable.operation.type': type,
    ...(name !== undefined && { 'durable.operation.name': name }),
    ...(subType !== undefined && { 'durable.operation.subtype': subType }),
  };
}

/** The user's name for it, else what it is. */
export function operationName({ name, subType, type }: OperationInfo): string {
  return name ?? subType ?? type;
}

const FAILURES = new Set(['FAILED', 'TIMED_OUT', 'STOPPED', 'CANCELLED', 'RETRYING']);

export function statusCode(status: string | undefined): SpanStatusCode {
  if (status === undefined) return SpanStatusCode.UNSET;
  return FAILURES.has(status) ? SpanStatusCode.ERROR : SpanStatusCode.OK;
}
