import { createHash } from 'node:crypto';
import type { PendingExecution } from '@middy-durable/protocol';
import { callerOf } from './http-caller.ts';
import { headerOf } from './http-header.ts';
import { at, textAt } from './read-json.ts';
import type { Source } from './source.ts';

/**
 * Requests through API Gateway (REST and HTTP APIs), an Application Load Balancer or a function URL.
 *
 * The `Idempotency-Key` header names the execution, together with the caller where the event says who that is (see
 * {@link callerOf}): nobody gets another caller's stored answer by guessing a key. A function that authenticates its callers
 * itself is asked too late for that, since a stored answer is given before the handler runs: its option `executionName` must
 * make the caller part of the name, or refuse.
 */
export const http: Source = {
  kind: 'http',
  recognises: (event) => isProxyRequest(event) || isRequestV2(event),
  identity(event) {
    const key = headerOf(event, 'idempotency-key')?.trim();
    if (!key) return undefined;
    const caller = callerOf(event);
    return caller ? [key, caller] : [key];
  },
  meaning: (event) => ({
    method: textAt(event, 'httpMethod') ?? textAt(event, 'requestContext', 'http', 'method'),
    path: textAt(event, 'path') ?? textAt(event, 'rawPath') ?? textAt(event, 'requestContext', 'http', 'path'),
    query: queryOf(event),
    body: bodyDigest(event),
  }),
  // The client hears of the failure; asking again is its own decision.
  onRedelivery: 'stored',
  pending: accepted,
};

/** API Gateway's format 1.0, and the load balancer's. */
function isProxyRequest(event: unknown): boolean {
  const parts = ['requestContext', 'headers', 'multiValueHeaders'].map((name) => at(event, name));
  const known = textAt(event, 'httpMethod') !== undefined && textAt(event, 'path') !== undefined;
  return known && parts.some((part) => typeof part === 'object' && part !== null);
}

/** API Gateway's format 2.0, and the function URL's. */
function isRequestV2(event: unknown): boolean {
  return textAt(event, 'requestContext', 'http', 'method') !== undefined;
}

/** Values by parameter, in the order they were sent. */
function queryOf(event: unknown): Record<string, unknown[]> {
  const raw = at(event, 'rawQueryString');
  const pairs =
    typeof raw === 'string'
      ? [...new URLSearchParams(raw)]
      : Object.entries(at(event, 'multiValueQueryStringParameters') ?? at(event, 'queryStringParameters') ?? {});
  const values = new Map<string, unknown[]>();
  for (const [name, value] of pairs) values.set(name, [...(values.get(name) ?? []), ...[value].flat()]);
  return Object.fromEntries(values);
}

/** Of the bytes that were sent: whether they come as base64 is decided on the way. */
function bodyDigest(event: unknown): string {
  const body = textAt(event, 'body') ?? '';
  const encoding = at(event, 'isBase64Encoded') === true ? 'base64' : 'utf8';
  return createHash('sha256').update(body, encoding).digest('hex');
}

function accepted(execution: PendingExecution, event: unknown): unknown {
  const type = 'application/json';
  // A load balancer that speaks in lists of values takes its headers only so.
  const inLists = at(event, 'headers') == null && at(event, 'multiValueHeaders') != null;
  const headers = inLists ? { multiValueHeaders: { 'Content-Type': [type] } } : { headers: { 'Content-Type': type } };
  return { statusCode: 202, ...headers, body: JSON.stringify(execution), isBase64Encoded: false };
}
