import type { DurableContext } from '@middy-durable/core';

/** What the outside does with a callback. */
export type CallbackAnswer = { succeed: string } | { fail: { ErrorType?: string; ErrorMessage?: string } };

/** A handler written against the API that both engines share, and everything that it meets. */
export interface Workflow {
  run(context: DurableContext, event: { [key: string]: unknown }): Promise<unknown>;
  /** Default `{}`. */
  input?: { [key: string]: unknown };
  /** By the name of the callback or its context. One that is not here gets no answer. */
  callbacks?: Readonly<Record<string, CallbackAnswer>>;
}

export type Workflows = Readonly<Record<string, Workflow['run'] | Workflow>>;
