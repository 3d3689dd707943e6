import type { HttpRequest } from './http-request.ts';

/** What a request asks for, from its body and its query. */
export interface Submission {
  token: string | undefined;
  action: string | undefined;
  /** Undefined where it has none. */
  payload: unknown;
}

/** What a body can't be read for; the status to answer. */
export class UnreadableBody extends Error {
  readonly status: 400 | 413 | 415;

  constructor(status: 400 | 413 | 415, message: string) {
    super(message);
    this.name = 'UnreadableBody';
    this.status = status;
  }
}

/** The query alone: what a GET may ask for. */
export function readQuery(request: HttpRequest): Submission {
  return { token: request.query('token'), action: request.query('action'), payload: undefined };
}

/**
 * A form or JSON; what it does not say, the query does.
 * @throws UnreadableBody
 */
export function readSubmission(request: HttpRequest, maxBytes: number): Submission {
  const { token, action } = readQuery(request);
  checkSize(request.body, maxBytes);
  const type = request.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (request.body.length === 0) return { token, action, payload: undefined };
  if (type === 'application/x-www-form-urlencoded') {
    const { token: own, action: chosen, ...fields } = formFields(request.body);
    const payload = Object.keys(fields).length > 0 ? fields : undefined;
    return { token: own ?? token, action: chosen ?? action, payload };
  }
  if (type !== 'application/json' && !type?.endsWith('+json')) {
    throw new UnreadableBody(415, 'Send application/json or application/x-www-form-urlencoded.');
  }
  const json = parseJson(request.body);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new UnreadableBody(400, 'Send an object such as {"token": "...", "action": "approve"}.');
  }
  const { token: own, action: chosen, payload } = json as Record<string, unknown>;
  for (const [name, value] of Object.entries({ token: own, action: chosen })) {
    if (value !== undefined && typeof value !== 'string') throw new UnreadableBody(400, `${name} must be a text.`);
  }
  return { token: (own as string | undefined) ?? token, action: (chosen as string | undefined) ?? action, payload };
}

/** @throws UnreadableBody */
export function checkSize({ length }: Buffer, maxBytes: number): void {
  if (length > maxBytes) throw new UnreadableBody(413, `The body has ${length} bytes; at most ${maxBytes} are taken.`);
}

function formFields(body: Buffer): Record<string, string> {
  const fields: [string, string][] = [];
  for (const [name, value] of new URLSearchParams(textOf(body))) {
    checkKey(name);
    fields.push([name, value]);
  }
  return Object.fromEntries(fields);
}

/**
 * JSON of a stranger: in UTF-8, without the keys by which objects get other prototypes.
 * @throws UnreadableBody
 */
export function parseJson(body: Buffer): unknown {
  const text = textOf(body);
  try {
    return JSON.parse(text, (key, value) => {
      checkKey(key);
      if (key === 'constructor' && typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype')) {
        throw notAllowed();
      }
      return value;
    });
  } catch (error) {
    // A syntax error quotes what it could not read.
    throw error instanceof UnreadableBody ? error : new UnreadableBody(400, 'The body is not JSON.');
  }
}

function checkKey(key: string): void {
  if (key === '__proto__') throw notAllowed();
}

function notAllowed(): UnreadableBody {
  return new UnreadableBody(400, 'The body has a key that is not allowed.');
}

function textOf(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new UnreadableBody(400, 'The body is not UTF-8.');
  }
}
