import type { DurableContext, DurableExecutionConfig } from '@middy-durable/core';
import type { Bench } from './bench.ts';

/** What a middleware is looked at in. */
export const SITUATIONS = ['first', 'replay', 'suspension', 'failure', 'thaw'] as const;
export type Situation = (typeof SITUATIONS)[number];

/** Any middleware. The types of the real ones are the business of `test/types`. */
export interface Middleware {
  before?: unknown;
  after?: unknown;
  onError?: unknown;
}

export type Handler = (event: any, context: DurableContext) => Promise<unknown>;

/** What is seen of one execution. */
export interface Sight {
  /** Hooks of the middleware by invocation: `['before', 'before after']`. */
  hooks: string[];
  /** What the handler saw, by invocation. */
  saw: unknown[];
  /** What left the process: lines, metrics, segments, requests, writes. */
  effects: unknown[];
  /** Hooks, effects and timers of a request after it was left behind. */
  late: unknown[];
  /** Result, or `ErrorType: message` of a failed execution. */
  outcome: unknown;
  /** In the situation `failure`: what the caller of an ordinary event gets. */
  caller?: unknown;
}

/** A cell of the table: what it says to users, and the facts behind that. */
export interface Cell extends Partial<Sight> {
  says: string;
}

/** One middleware, in one form, in every situation. */
export interface Row {
  /** The npm package that it is of: the table names the version. */
  package: string;
  /** As it is written in a handler. */
  code: string;
  /** What users are told to do. */
  advice: string;
  /** Default `{}`. */
  event?: unknown;
  /** What the handler returns in the end. Default `{ ok: true }`. */
  answer?: unknown;
  /** What the handler throws in the situation `failure`. Default a RangeError `no stock`. */
  error?: () => Error;
  config?: DurableExecutionConfig;
  /** The middlewares, made anew for each process. */
  use?(bench: Bench): Middleware[];
  /** What the handler sees: noted at its start, in each invocation. */
  look?(event: any, context: any): unknown;
  /** Code of the handler outside of its step. */
  outside?(bench: Bench, context: DurableContext): void;
  /** The body of its step. */
  inside?(bench: Bench): unknown;
  /** Wraps the handler, inside of middy: for what is no middleware. */
  wrap?(handler: Handler, bench: Bench): Handler;
  /** Runs around each invocation. */
  around?(invocation: () => Promise<unknown>, bench: Bench): Promise<unknown>;
  cells: Record<Situation, Cell>;
}

const TWICE = ['', ''];
const HOOKS: Record<Situation, string[]> = {
  first: [''],
  replay: TWICE,
  suspension: TWICE,
  failure: [''],
  thaw: TWICE,
};

/** The facts of a cell, with those that are the same for most. */
export function factsOf({ cells, answer = { ok: true } }: Row, situation: Situation): Sight {
  const { says: _says, ...facts } = cells[situation];
  const failed = 'RangeError: no stock';
  const ending = situation === 'failure' ? { outcome: failed, caller: failed } : { outcome: answer };
  return { hooks: HOOKS[situation], saw: [], effects: [], late: [], ...ending, ...facts };
}
