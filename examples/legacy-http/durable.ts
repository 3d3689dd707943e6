import { type DurableExecutionConfig, retryPresets } from '@middy-durable/core';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { backend } from './backend.ts';

/** How the requests of this API become executions. */
export const orders = {
  backend,
  input: withoutCredentials,
  // A client that asks again after an error goes on where it failed; otherwise it would get the stored error.
  onRedelivery: 'resume',
} as const satisfies DurableExecutionConfig;

/** A step fails as the call did before: at once, and the client decides whether to ask again. */
export const failsAtOnce = { retryStrategy: retryPresets.noRetry } as const;

/** The answer while an order waits. Middlewares don't see it, and a browser needs the header to read it. */
export function accepted(execution: object): APIGatewayProxyResult {
  const headers = { 'Content-Type': 'application/json', 'Access-Control-Allow-Origin': 'https://shop.example' };
  return { statusCode: 202, headers, body: JSON.stringify(execution) };
}

const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'cookie', 'x-api-key']);

/** What of a request is stored and handed on, as far as it has credentials. */
interface Request {
  headers?: Record<string, unknown> | null;
  multiValueHeaders?: Record<string, unknown> | null;
  cookies?: string[];
  requestContext?: { identity?: { apiKey?: unknown } };
}

/** The request without what would let its reader act as the client. */
export function withoutCredentials({ cookies: _, ...request }: Request): Request {
  const { headers, multiValueHeaders, requestContext } = request;
  return {
    ...request,
    ...(headers && { headers: withoutSecretHeaders(headers) }),
    ...(multiValueHeaders && { multiValueHeaders: withoutSecretHeaders(multiValueHeaders) }),
    ...(requestContext?.identity && {
      requestContext: { ...requestContext, identity: { ...requestContext.identity, apiKey: undefined } },
    }),
  };
}

function withoutSecretHeaders(headers: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !CREDENTIALS.has(name.toLowerCase())));
}
