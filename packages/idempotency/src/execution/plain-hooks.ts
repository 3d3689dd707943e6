import { callHolder, claimForCall, completeCall, failCall } from '../function/held-call.ts';
import type { Holder, Idempotency } from '../idempotency.ts';
import type { RecordKey } from '../key/record-key.ts';
import { refuseMisplaced } from '../misplaced.ts';

/** The members of middy's request that are used. */
export interface MiddyRequest {
  event: unknown;
  context: unknown;
  response?: unknown;
  error?: unknown;
  earlyResponse?: unknown;
  internal: Record<string, unknown>;
}

/** Where the holder of the key stands on the request that holds it; one that was refused has none. */
const HOLDER = 'middy-durable.idempotency';

interface PlainHooks {
  before(request: MiddyRequest): Promise<{ answer: unknown } | undefined>;
  after(request: MiddyRequest): Promise<void>;
  onError(request: MiddyRequest): Promise<void>;
}

/** The middleware in a handler that does not run durably: its claim lasts for one invocation. */
export function plainHooks(idempotency: Idempotency, keyOf: (event: unknown) => RecordKey | undefined): PlainHooks {
  const { config } = idempotency;
  return {
    async before({ event, context, internal }) {
      if (config.isEnabled()) refuseMisplaced('idempotentExecution', event, context);
      const key = keyOf(event);
      if (!key) return undefined;
      const holder = callHolder(key, context, idempotency);
      const found = await claimForCall(idempotency, holder, holder.until);
      if (found) return { answer: found.value };
      internal[HOLDER] = holder;
      return undefined;
    },
    async after(request) {
      const holder = takeHolder(request);
      if (holder) request.response = await completeCall(idempotency, holder, request.response);
    },
    async onError(request) {
      const holder = takeHolder(request);
      if (holder) await failCall(idempotency, holder, request.error);
    },
  };
}

/** Once: what fails after the result is recorded takes nothing back. */
function takeHolder({ internal }: MiddyRequest): Holder | undefined {
  const holder = internal[HOLDER] as Holder | undefined;
  delete internal[HOLDER];
  return holder;
}
