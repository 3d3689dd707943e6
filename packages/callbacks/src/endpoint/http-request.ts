import { textOf } from '../text-of.ts';

/** A request, wherever it came in: API Gateway (REST and HTTP APIs), an application load balancer, a function URL. */
export interface HttpRequest {
  /** In capitals. */
  readonly method: string;
  /** The first value of a header; `name` in lower case. */
  header(name: string): string | undefined;
  /** The first value of a query parameter, decoded. */
  query(name: string): string | undefined;
  /** As it was sent, before any decoding of its content. */
  readonly body: Buffer;
  /** Of whoever called, as the entrance saw it. */
  readonly sourceIp: string | undefined;
  /** The event, for what an authorizer has added. */
  readonly event: unknown;
  /** How an answer must look. */
  readonly entrance: 'api' | 'load balancer' | 'load balancer with multi-value headers';
}

type Values = Readonly<Record<string, unknown>> | null | undefined;

/** An event of version 1 or 2, or of a load balancer: the members that are read. */
interface HttpEvent {
  httpMethod?: unknown;
  rawQueryString?: unknown;
  headers?: Values;
  multiValueHeaders?: Values;
  queryStringParameters?: Values;
  multiValueQueryStringParameters?: Values;
  body?: unknown;
  isBase64Encoded?: unknown;
  requestContext?: {
    elb?: unknown;
    http?: { method?: unknown; sourceIp?: unknown };
    identity?: { sourceIp?: unknown };
  };
}

/**
 * Reads the event of a request; undefined for any other event.
 * @throws TypeError when a middleware has replaced the body
 */
export function readHttpRequest(event: unknown): HttpRequest | undefined {
  const { requestContext, httpMethod, headers, multiValueHeaders, body, ...rest } = (event ?? {}) as HttpEvent;
  const method = requestContext?.http?.method ?? httpMethod;
  if (typeof method !== 'string') return undefined;
  if (body !== undefined && body !== null && typeof body !== 'string') {
    throw new TypeError('The body was parsed already: take body parsers away, the endpoint reads it as it was sent');
  }
  const isBalancer = requestContext?.elb !== undefined;
  const found = firstValues(headers, multiValueHeaders, (name) => name.toLowerCase());
  return {
    method: method.toUpperCase(),
    header: (name) => found.get(name),
    query: queryOf(rest, isBalancer),
    body:
      typeof body === 'string' ? Buffer.from(body, rest.isBase64Encoded === true ? 'base64' : 'utf8') : Buffer.alloc(0),
    sourceIp: isBalancer
      ? // The balancer adds who called it at the end; what stands before may be anybody's.
        textOf(lastValue(headers, multiValueHeaders, 'x-forwarded-for')?.split(',').at(-1)?.trim())
      : textOf(requestContext?.http?.sourceIp ?? requestContext?.identity?.sourceIp),
    event,
    entrance: !isBalancer ? 'api' : multiValueHeaders ? 'load balancer with multi-value headers' : 'load balancer',
  };
}

function queryOf(event: HttpEvent, isBalancer: boolean): HttpRequest['query'] {
  if (typeof event.rawQueryString === 'string') {
    const parameters = new URLSearchParams(event.rawQueryString);
    return (name) => parameters.get(name) ?? undefined;
  }
  const found = firstValues(event.queryStringParameters, event.multiValueQueryStringParameters, (name) => name);
  // A balancer hands parameters on as they were sent.
  if (isBalancer) return (name) => decoded(found.get(name));
  return (name) => found.get(name);
}

function firstValues(single: Values, multiple: Values, key: (name: string) => string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of [...entriesOf(single), ...entriesOf(multiple)]) {
    const first = Array.isArray(value) ? value[0] : value;
    if (typeof first === 'string' && !found.has(key(name))) found.set(key(name), first);
  }
  return found;
}

function lastValue(single: Values, multiple: Values, name: string): string | undefined {
  const values = [...entriesOf(single), ...entriesOf(multiple)]
    .filter(([key]) => key.toLowerCase() === name)
    .flatMap(([, value]) => value);
  return textOf(values.at(-1));
}

function entriesOf(values: Values): [string, unknown][] {
  return typeof values === 'object' && values !== null ? Object.entries(values) : [];
}

function decoded(value: string | undefined): string | undefined {
  try {
    return value === undefined ? undefined : decodeURIComponent(value.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
