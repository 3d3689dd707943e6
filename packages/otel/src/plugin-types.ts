import type { DurableInstrumentationPlugin } from '@middy-durable/core';

type Info<Hook extends keyof DurableInstrumentationPlugin> = Parameters<
  Extract<DurableInstrumentationPlugin[Hook], (...args: never[]) => unknown>
>[0];

/** What the plugin is told, by the names of the plugin interface. */
export type InvocationInfo = Info<'onInvocationStart'>;
export type InvocationEndInfo = Info<'onInvocationEnd'>;
export type OperationInfo = Info<'onOperationStart'>;
export type AttemptInfo = Info<'onOperationAttemptStart'>;
export type AttemptEndInfo = Info<'onOperationAttemptEnd'>;
