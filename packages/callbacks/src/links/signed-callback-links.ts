import { type Duration, durationSeconds } from '@middy-durable/core';
import { InvalidLinkError } from './invalid-link-error.ts';
import { checkGrant, grantText, type LinkGrant, readGrant } from './link-grant.ts';
import { type LinkKey, type LinkSecrets, linkKeys } from './link-keys.ts';
import { seal, unseal } from './sealed-token.ts';

/** Options of {@link signedCallbackLinks}. */
export interface SignedCallbackLinksOptions {
  /**
   * The first seals new links; the others still open theirs, so a key is changed without breaking a link: give the new one to the
   * endpoint as second, then to everybody as first, and take the old one away once its last link has expired. A function is
   * asked each time, for secrets that are kept elsewhere: let it cache them.
   */
  secrets: LinkSecrets | (() => LinkSecrets | Promise<LinkSecrets>);
  /** Where `callbackEndpoint` answers, with `https:`. The token is added as the query parameter `token`. */
  url: string | URL;
  /** Until a link expires that nothing else limits. Default: 7 days. */
  expiresIn?: Duration | undefined;
  /** Epoch milliseconds. Default: the process's clock. */
  now?: (() => number) | undefined;
}

/** What a new link is to allow. */
export interface LinkRequest {
  callbackId: string;
  /** ARN of the execution that waits: `context.executionContext.durableExecutionArn`. */
  durableExecutionArn: string;
  /** Name of the operation that waits. */
  operation: string;
  /** What its holder may answer, 1 to 16: `['approve', 'reject']`. */
  actions: readonly string[];
  /** For whom it is: the endpoint may ask that whoever shows it is the same. It stands in the answer, too. Default: nobody in particular. */
  audience?: string | undefined;
  /** Default: that of `signedCallbackLinks`. */
  expiresIn?: Duration | undefined;
  /** When the callback times out: no link outlives it. Default: never. */
  callbackEndsAt?: Date | undefined;
}

/** A link as it is sent. Whoever has it may answer: it belongs into no log and no record. */
export interface SignedLink {
  /** Not secret: names the link in logs and in answers. */
  readonly id: string;
  /** Shows the confirmation page with all actions. */
  readonly url: string;
  /** What the URL carries, for machines: a `POST` may have it in its body. */
  readonly token: string;
  readonly expiresAt: Date;
  /**
   * The URL with one action alone on its page.
   * @throws RangeError for an action that the link does not allow
   */
  to(action: string): string;
}

/** What an authentic link allows. */
export interface OpenedLink extends LinkGrant {
  /** The same as that of the link that was minted. */
  readonly id: string;
}

/** Makes and reads links that complete a callback. */
export interface SignedCallbackLinks {
  /**
   * Makes a link. Do it where it is sent, in a step's body: a step's result is recorded, and a link must not be.
   *
   * @throws TypeError or RangeError for what no link can be made of
   * @example
   * const link = await links.mint({ callbackId, durableExecutionArn, operation: 'approval', actions: ['approve', 'reject'] });
   */
  mint(request: LinkRequest): Promise<SignedLink>;
  /**
   * What a token allows, now.
   *
   * @throws InvalidLinkError for a token that is changed, cut off, expired, or of a key that is not there any more
   * @example const { operation, audience } = await links.open(token);
   */
  open(token: string): Promise<OpenedLink>;
}

const USUAL_LIFE: Duration = { days: 7 };

/**
 * Links that complete a callback: for mails, chats, and machines that may do no more than that. A link holds the callback's id,
 * its execution and operation, the actions that it allows, its audience and its end, sealed with AES-256-GCM: nobody can read or
 * change it. Nothing is stored. What makes it single-use is the callback, which has one completion.
 *
 * @throws TypeError or RangeError for secrets, a URL or a duration that can't be right
 * @example
 * const links = signedCallbackLinks({
 *   secrets: [{ id: '2026-11', secret: process.env.LINK_SECRET }],
 *   url: 'https://api.example.com/approvals',
 * });
 */
export function signedCallbackLinks(options: SignedCallbackLinksOptions): SignedCallbackLinks {
  const { secrets, now = Date.now, expiresIn = USUAL_LIFE } = options;
  const base = checkUrl(options.url);
  const usualLife = durationSeconds(expiresIn, 'signedCallbackLinks: option expiresIn');
  // Bad secrets are known at start-up; those of a function when it is asked.
  const fixed = typeof secrets === 'function' ? undefined : linkKeys(secrets);
  const keys = async (): Promise<LinkKey[]> => fixed ?? linkKeys(await (secrets as () => unknown)());
  return {
    async mint({ callbackEndsAt, expiresIn: life, ...request }) {
      const lives = life === undefined ? usualLife : durationSeconds(life, 'A link: expiresIn');
      const end = Math.min(now() + 1000 * lives, callbackEndsAt?.getTime() ?? Number.POSITIVE_INFINITY);
      // Whole seconds are exact enough; rounded down, so that it never lives longer than it should.
      const expiresAt = new Date(1000 * Math.floor(end / 1000));
      const grant: LinkGrant = { ...request, audience: request.audience, expiresAt };
      checkGrant(grant);
      const [newest] = await keys();
      const { id, token } = seal(newest as LinkKey, grantText(grant));
      return {
        id,
        token,
        expiresAt: grant.expiresAt,
        url: urlOf(base, token),
        to: (action) => urlTo(base, token, grant, action),
      };
    },
    async open(token) {
      const { id, text } = unseal(await keys(), token);
      const grant = readGrant(text);
      // Asked so that a clock that is none refuses.
      if (!(now() < grant.expiresAt.getTime())) throw new InvalidLinkError('EXPIRED');
      return { ...grant, id };
    },
  };
}

function checkUrl(url: unknown): URL {
  const parsed = URL.parse(String(url));
  const isLocal = parsed !== null && ['localhost', '127.0.0.1', '[::1]'].includes(parsed.hostname);
  if (parsed?.protocol === 'https:' || (parsed?.protocol === 'http:' && isLocal)) {
    parsed.hash = '';
    return parsed;
  }
  throw new TypeError(
    'signedCallbackLinks: option url must be the absolute https: URL of the endpoint (http: only on this machine); ' +
      `got ${parsed ? `one with ${parsed.protocol}` : typeof url}`,
  );
}

function urlOf(base: URL, token: string): string {
  const url = new URL(base);
  url.searchParams.set('token', token);
  return url.href;
}

function urlTo(base: URL, token: string, { actions }: LinkGrant, action: string): string {
  if (!actions.includes(action)) throw new RangeError(`The link does not allow ${action}, but ${actions.join(', ')}`);
  const url = new URL(urlOf(base, token));
  url.searchParams.set('action', action);
  return url.href;
}
