import { randomBytes } from 'node:crypto';
import { fingerprint } from '../fingerprint.ts';
import { TOKENS_IN_TEXT } from '../links/sealed-token.ts';
import type { OpenedLink } from '../links/signed-callback-links.ts';
import type { Endpoint } from './callback-endpoint.ts';
import type { NotedLink, RefusalReason } from './endpoint-options.ts';
import type { HttpRequest } from './http-request.ts';
import { type HttpResponse, httpResponse } from './http-response.ts';
import { noted } from './noted.ts';
import { type PageView, usualPage } from './page.ts';
import { UnreadableBody } from './request-content.ts';

const RETRY_SECONDS = 5;

/** The answers to one request: a page for people, JSON for machines, and nothing in either that tells more than it should. */
export class Answers {
  readonly #endpoint: Endpoint;
  readonly #request: HttpRequest;
  readonly #wantsJson: boolean;

  constructor(endpoint: Endpoint, request: HttpRequest) {
    this.#endpoint = endpoint;
    this.#request = request;
    this.#wantsJson = wantsJson(request);
  }

  confirm(
    link: OpenedLink,
    actions: readonly string[],
    token: string,
    problems: readonly string[] = [],
    payload?: unknown,
  ): Promise<HttpResponse> {
    const { operation, audience, expiresAt } = link;
    const status = problems.length > 0 ? 422 : 200;
    const json = {
      operation,
      audience,
      actions,
      expiresAt: expiresAt.toISOString(),
      ...(status === 422 && { problems }),
    };
    return this.#answer(status, 'confirm', json, {
      actions: this.#labelled(actions),
      token,
      problems,
      link,
      values: this.#written(payload),
    });
  }

  recorded(action: string): Promise<HttpResponse> {
    return this.#answer(200, 'recorded', { status: 'recorded', action }, { actions: this.#labelled([action]) });
  }

  /** The one answer to a link that gives no right, for whatever reason. */
  async invalid(reason: RefusalReason, link?: NotedLink): Promise<HttpResponse> {
    await this.#note(reason, link);
    return this.#answer(404, 'invalid', { error: 'The link is not valid, or not valid any more.' });
  }

  async unavailable(link: NotedLink | undefined): Promise<HttpResponse> {
    await this.#note('NOT_SENT', link);
    return this.#answer(503, 'unavailable', { error: 'Not recorded. Send it again.' }, { retryAfter: RETRY_SECONDS });
  }

  async badPayload(link: OpenedLink, token: string, problems: string[], payload: unknown): Promise<HttpResponse> {
    await this.#note('BAD_PAYLOAD', link);
    return this.confirm(link, link.actions, token, problems, payload);
  }

  async badSignature(): Promise<HttpResponse> {
    await this.#note('BAD_SIGNATURE', undefined);
    return this.#json(401, { error: 'The signature is not valid, or too old.' });
  }

  /** To a provider. Sending the message again would change nothing. */
  acknowledged(status: 'recorded' | 'ignored' | 'closed'): HttpResponse {
    return this.#json(200, { status });
  }

  async closed(reason: RefusalReason, link: NotedLink | undefined): Promise<HttpResponse> {
    await this.#note(reason, link);
    return this.acknowledged('closed');
  }

  wrongMethod(): Promise<HttpResponse> {
    const problem = 'Use GET or POST.';
    return this.#answer(405, 'refused', { error: problem }, { problems: [problem], allow: 'GET, HEAD, POST' });
  }

  async tooMany(retryAfter: number): Promise<HttpResponse> {
    await this.#note('RATE_LIMITED', undefined);
    const problem = 'Too many requests.';
    return this.#answer(429, 'refused', { error: problem }, { problems: [problem], retryAfter });
  }

  /** Of a request that can't be read, or of a hook that threw: never with what it was about. */
  async failure(error: unknown, token: string | undefined): Promise<HttpResponse> {
    let failed = error;
    if (error instanceof UnreadableBody) {
      const { status, message } = error;
      try {
        return await this.#answer(status, 'refused', { error: message }, { problems: [message] });
      } catch (pageFailure) {
        failed = pageFailure;
      }
    }
    console.error(`callbackEndpoint: a request failed: ${withoutToken(failed, token)}`);
    if (this.#wantsJson) return this.#json(500, { error: 'Something went wrong. Try again later.' });
    // Not the own page: it may be what failed.
    return this.#page(500, 'unavailable', {}, {}, usualPage);
  }

  /** What was written into the fields of the form. */
  #written(payload: unknown): PageView['values'] {
    const members = Object.entries(typeof payload === 'object' && payload !== null ? payload : {});
    const { fields = {} } = this.#endpoint;
    return Object.fromEntries(
      members.filter(([name, value]) => Object.hasOwn(fields, name) && typeof value === 'string'),
    );
  }

  #labelled(actions: readonly string[]): PageView['actions'] {
    const { labels = {} } = this.#endpoint;
    return actions.map((name) => ({
      name,
      label: Object.hasOwn(labels, name) ? String(labels[name]) : usualLabel(name),
    }));
  }

  async #answer(
    status: number,
    kind: PageView['kind'],
    json: object,
    more: Partial<PageView> & { retryAfter?: number; allow?: string } = {},
  ): Promise<HttpResponse> {
    const { retryAfter, allow, ...shown } = more;
    const headers = { ...(retryAfter && { 'retry-after': String(retryAfter) }), ...(allow && { allow }) };
    if (this.#wantsJson) return this.#json(status, json, headers);
    return this.#page(status, kind, shown, headers, this.#endpoint.page ?? usualPage);
  }

  async #page(
    status: number,
    kind: PageView['kind'],
    shown: Partial<PageView>,
    headers: Record<string, string>,
    page: NonNullable<Endpoint['page']>,
  ): Promise<HttpResponse> {
    const nonce = randomBytes(16).toString('base64url');
    const none = { actions: [], token: undefined, link: undefined, problems: [], values: {} };
    const body = String(await page({ ...none, ...shown, kind, fields: this.#endpoint.fields ?? {}, nonce }));
    return httpResponse(this.#request, { status, type: 'text/html', body, headers, nonce });
  }

  #json(status: number, json: object, headers?: Record<string, string>): HttpResponse {
    return httpResponse(this.#request, { status, type: 'application/json', body: JSON.stringify(json), headers });
  }

  /** Whoever notes it must not change the answer. */
  async #note(reason: RefusalReason, link: NotedLink | undefined): Promise<void> {
    try {
      await this.#endpoint.onRefused?.(reason, link && noted(link));
    } catch (error) {
      console.error(`callbackEndpoint: onRefused failed: ${withoutToken(error, undefined)}`);
    }
  }
}

/** `send_back` is shown as "Send back". */
function usualLabel(action: string): string {
  const words = action.replaceAll(/[_-]+/g, ' ').trim();
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

function wantsJson(request: HttpRequest): boolean {
  const accept = request.header('accept') ?? '';
  if (/\btext\/html\b/.test(accept)) return false;
  return /\bjson\b/.test(accept) || /\bjson\b/.test(request.header('content-type') ?? '');
}

/** A message of somebody else's may quote what it was about. */
function withoutToken(error: unknown, token: string | undefined): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : 'something that is no error was thrown';
  const shortened = token ? text.replaceAll(token, `[token ${fingerprint(token)}]`) : text;
  return shortened.replaceAll(TOKENS_IN_TEXT, '[token]');
}
