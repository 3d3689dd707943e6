import { util } from '../node-util.ts';
import type { DurableLogData, DurableLogLevel } from './types.ts';

/** A line as JSON: one object, its fields in a fixed order. */
export function jsonLine(level: DurableLogLevel, params: unknown[], timestamp: string, data: DurableLogData): string {
  const { requestId, executionArn, tenantId, operationId, operationName, attempt, ...added } = data;
  // A field of the same name keeps the place it has here, so the fixed ones stand again behind the added ones.
  const fixed = { requestId, timestamp, level, executionArn, tenantId, operationId, operationName, attempt };
  const [message, error] = messageOf(params);
  return stringify({ ...fixed, ...added, timestamp, level, message, ...(error && errorFields(error)) });
}

/** A line as text, laid out as Lambda's text format; what a JSON line has in fields stands behind the message. */
export function textLine(level: DurableLogLevel, params: unknown[], timestamp: string, data: DurableLogData): string {
  const { requestId, ...fields } = data;
  const line = [
    timestamp,
    requestId,
    level,
    util.formatWithOptions({ breakLength: Number.POSITIVE_INFINITY }, ...params),
  ];
  // One event per line in CloudWatch: a carriage return breaks a line without ending the event.
  return `${line.join('\t')}\t${stringify(fields)}`.replaceAll('\n', '\r');
}

/** The message of a line, and the error among several arguments that gets fields of its own. */
function messageOf(params: unknown[]): [message: unknown, error?: Error | undefined] {
  if (params.length < 2) return [params.length === 0 ? '' : params[0]];
  const message = util.formatWithOptions({ breakLength: Number.POSITIVE_INFINITY }, ...params);
  return [message, params.find((param) => param instanceof Error)];
}

function stringify(line: Record<string, unknown>): string {
  try {
    return JSON.stringify(line, replaceValue);
  } catch {
    // Something in it is circular or has a hostile getter: that becomes text, the rest of the line stays as it is.
    const fields = Object.entries(line).map(([key, value]) => [key, printable(value)]);
    return JSON.stringify(Object.fromEntries(fields), replaceValue);
  }
}

function printable(value: unknown): unknown {
  try {
    JSON.stringify(value, replaceValue);
    return value;
  } catch {
    return util.format(value);
  }
}

function replaceValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  return value instanceof Error ? { ...errorFields(value), ...value } : value;
}

function errorFields(error: Error): Record<string, unknown> {
  return {
    errorType: error.constructor?.name || error.name,
    errorMessage: error.message,
    stackTrace: typeof error.stack === 'string' ? error.stack.split('\n') : [],
    cause: error.cause,
  };
}
