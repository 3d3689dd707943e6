import type { Order } from '../orders.ts';

/** How a request differs from the plain one. */
export interface RequestChanges {
  method?: string | undefined;
  headers?: Record<string, string> | undefined;
  /** The `Idempotency-Key`; undefined sends none. */
  key?: string | undefined;
  /** Replaces the order's JSON. */
  body?: string | undefined;
  isBase64Encoded?: boolean | undefined;
  /** Differs from request to request, as API Gateway's does. */
  requestId?: string | undefined;
}

/** What arrives at the function. */
export type HttpEvent = Record<string, unknown>;

export const ORDER: Order = { id: 'order-7', customer: 'ada', article: 'lamp', quantity: 2, amount: 4900 };

/** The client's order, as a REST API hands it over. */
export function restRequest(order: unknown, changes: RequestChanges = {}): HttpEvent {
  const { method = 'POST', requestId = 'request-1' } = changes;
  const headers = headersOf(changes);
  return {
    resource: '/orders',
    path: '/orders',
    httpMethod: method,
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: null,
    stageVariables: null,
    requestContext: { requestId, stage: 'live', identity: { sourceIp: '192.0.2.1' } },
    ...bodyOf(order, changes),
  };
}

/** The client's order, as an HTTP API hands it over. */
export function httpRequest(order: unknown, changes: RequestChanges = {}): HttpEvent {
  const { method = 'POST', requestId = 'request-1' } = changes;
  const headers = Object.entries(headersOf(changes)).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/orders',
    rawQueryString: '',
    headers: Object.fromEntries(headers),
    requestContext: { requestId, stage: '$default', http: { method, path: '/orders', sourceIp: '192.0.2.1' } },
    ...bodyOf(order, changes),
  };
}

function headersOf({ key, headers }: RequestChanges): Record<string, string> {
  return {
    'Content-Type': 'application/json',
    Origin: 'https://shop.example',
    ...(key !== undefined && { 'Idempotency-Key': key }),
    ...headers,
  };
}

function bodyOf(order: unknown, { body = JSON.stringify(order), isBase64Encoded = false }: RequestChanges): HttpEvent {
  return { body: isBase64Encoded ? Buffer.from(body).toString('base64') : body, isBase64Encoded };
}
