import type { HttpResponse } from '@middy-durable/callbacks';

/** A request as a browser or a machine sends it. */
export interface Sent {
  method?: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: string;
  base64?: boolean;
}

export const SOURCE_IP = '192.0.2.7';

type Parts = Required<Omit<Sent, 'body' | 'base64'>> & { body: string | undefined; isBase64Encoded: boolean };

/** The events of each entrance for a request, as AWS documents them. */
export const ENTRANCES: Readonly<Record<string, (sent: Sent) => Record<string, unknown>>> = {
  'a REST API': (sent) => rest(partsOf(sent)),
  'an HTTP API': (sent) => http(partsOf(sent)),
  'a function URL': (sent) => http(partsOf(sent)),
  'a load balancer': (sent) => balancer(partsOf(sent), false),
  'a load balancer with multi-value headers': (sent) => balancer(partsOf(sent), true),
};

function partsOf({ method = 'GET', query = {}, headers = {}, body, base64 = false }: Sent): Parts {
  return {
    method,
    query,
    headers,
    body: body !== undefined && base64 ? Buffer.from(body).toString('base64') : body,
    isBase64Encoded: base64,
  };
}

const lists = (values: Record<string, string>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [value]]));

function rest({ method, query, headers, body, isBase64Encoded }: Parts): Record<string, unknown> {
  const isEmpty = Object.keys(query).length === 0;
  return {
    resource: '/approvals',
    path: '/approvals',
    httpMethod: method,
    headers,
    multiValueHeaders: lists(headers),
    queryStringParameters: isEmpty ? null : query,
    multiValueQueryStringParameters: isEmpty ? null : lists(query),
    requestContext: { requestId: 'request-1', stage: 'live', identity: { sourceIp: SOURCE_IP } },
    body: body ?? null,
    isBase64Encoded,
  };
}

function http({ method, query, headers, body, isBase64Encoded }: Parts): Record<string, unknown> {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/approvals',
    rawQueryString: new URLSearchParams(query).toString(),
    queryStringParameters: query,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    requestContext: { http: { method, path: '/approvals', sourceIp: SOURCE_IP } },
    ...(body !== undefined && { body }),
    isBase64Encoded,
  };
}

/** Query parameters arrive as they were sent; a spoofed address stands before the one that the balancer adds. */
function balancer(
  { method, query, headers, body, isBase64Encoded }: Parts,
  multiple: boolean,
): Record<string, unknown> {
  const encoded = Object.fromEntries(Object.entries(query).map(([name, value]) => [name, encodeURIComponent(value)]));
  const all = { ...headers, 'x-forwarded-for': `203.0.113.9, ${SOURCE_IP}` };
  return {
    requestContext: { elb: { targetGroupArn: 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/a/b' } },
    httpMethod: method,
    path: '/approvals',
    ...(multiple
      ? { multiValueHeaders: lists(all), multiValueQueryStringParameters: lists(encoded) }
      : { headers: all, queryStringParameters: encoded }),
    body: body ?? '',
    isBase64Encoded,
  };
}

/** A function behind an entrance. */
export function client(handler: (event: unknown) => Promise<HttpResponse>, entrance = 'a function URL') {
  const send = (sent: Sent): Promise<HttpResponse> => handler((ENTRANCES[entrance] as (sent: Sent) => unknown)(sent));
  return {
    send,
    get: (query: Record<string, string>, headers: Record<string, string> = {}) => send({ query, headers }),
    /** As the page's form does it. */
    submit: (fields: Record<string, string>, query: Record<string, string> = {}) =>
      send({
        method: 'POST',
        query,
        headers: { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'text/html,*/*' },
        body: new URLSearchParams(fields).toString(),
      }),
    /** As a machine does it. */
    post: (body: unknown, headers: Record<string, string> = {}) =>
      send({
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Accept: 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
  };
}

export function headerOf({ headers, multiValueHeaders }: HttpResponse, name: string): string | undefined {
  return headers?.[name] ?? multiValueHeaders?.[name]?.[0];
}
