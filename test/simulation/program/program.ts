import type { DurableContext } from '@middy-durable/core';
import type { Random } from '../random.ts';

/** One operation of a program: data, so that it can be printed, dropped and compared. */
export interface Node {
  readonly kind: string;
  /** Unique in the program. */
  readonly key: string;
}

/** A workflow as data. */
export interface Program {
  readonly body: readonly Node[];
  /** Seconds. */
  readonly executionTimeout?: number | undefined;
  /** Added to its result: above 6000 it does not fit the answer of an invocation. */
  readonly kilobytes?: number | undefined;
}

/** What one kind of operation is: how it is made, run and printed. One file for each, listed in `families/index.ts`. */
export interface Family<N extends Node = Node> {
  readonly kind: N['kind'];
  /** How often it is picked, against the others. */
  readonly weight: number;
  /** Claims one id at most, and at once when it is called: only such operations may run side by side in one context. */
  readonly single: boolean;
  /** It does work outside steps. */
  readonly plainWork?: boolean;
  generate(generation: Generation): N;
  /** Performs it; what it resolves to, or rejects with, must not depend on timing. */
  run(node: N, scope: Scope): Promise<unknown>;
  /** One line, without its inner operations. */
  print(node: N): string;
  /** Operations inside it. */
  inner?(node: N): readonly Node[];
  /** The same with other inner operations: how shrinking drops them. */
  withInner?(node: N, inner: readonly Node[]): N;
}

/** What a family is given to make a node. */
export interface Generation {
  readonly random: Random;
  /** False where a failure must not surface: two of them would race. */
  readonly mayFail: boolean;
  /** Whether something may stay open for ever. Never together with plain work, which such a program might not get to finish. */
  readonly openEnds: boolean;
  key(kind: string): string;
  /** One to `most` operations, as far as the program's budget goes. */
  block(most: number, options?: Restriction): Node[];
  /** One operation, or undefined when the budget is used up. */
  operation(options?: Restriction): Node | undefined;
}

export interface Restriction {
  /** Only operations that may run side by side. */
  single?: boolean;
  /** False: only operations that never fail. True: also such that do, because somebody catches it. Default: as around it. */
  mayFail?: boolean;
  /** Only operations of these kinds. */
  kinds?: readonly string[];
  /** Nothing in it may stay open for ever: somebody counts on its end. */
  closed?: boolean;
}

/** Where a node runs. */
export interface Scope {
  readonly context: DurableContext;
  readonly hooks: Hooks;
  /** Key of this performance of the node: unique in the execution, the same on every replay. */
  readonly path: string;
  run(node: Node): Promise<unknown>;
  /** True where the code around it may end first: then nobody records how it goes on. */
  readonly mayBeLeft: boolean;
  /** As `run`, for a node that nobody may wait for to the end. */
  leave(node: Node): Promise<unknown>;
  /**
   * One after the other; the results of all. `context` and `prefix` where it is not this scope's own, `left` where
   * nobody may wait for their end.
   */
  block(nodes: readonly Node[], context?: DurableContext, prefix?: string, left?: boolean): Promise<unknown[]>;
}

/** What is promised of a body. */
export interface BodyPromise {
  /** At most one body ever begins for a path and attempt. */
  readonly once: boolean;
  /** The code around it may end first. */
  readonly mayBeLeft: boolean;
}

/** What somebody outside does about a callback. */
export interface Completion {
  readonly how: 'succeed' | 'fail' | 'never';
  /** Milliseconds after the id was handed out. */
  readonly delay: number;
  /** Heartbeats before that, evenly spread. */
  readonly heartbeats: number;
  /** Another completion, with another value, afterwards. */
  readonly repeated: boolean;
}

/** The world around a handler, as the program needs it. One for each invocation. */
export interface Hooks {
  /** Nothing goes wrong in this world. */
  readonly quiet: boolean;
  /** Virtual milliseconds of work that the event loop shows. */
  sleep(ms: number): Promise<void>;
  /** The handler returns or fails. */
  handlerEnded(): void;
  /** A body begins; answers a number used by no other body. */
  bodyStarts(path: string, attempt: number, promise: BodyPromise): number;
  /** What a step of this path returned, as its reader sees it: recorded, and the same for every reader. */
  stepRead(path: string, nonce: number): void;
  /** The result of a recorded child context of this path was read. */
  contextRead(path: string): void;
  /**
   * A line of the log and a metric, which stand at this place of the program. `mayBeLeft`: nothing on record may ever be behind
   * it. `mayRepeat`: also without faults the line may come twice.
   */
  line(path: string, where: { mayBeLeft: boolean; mayRepeat: boolean }): void;
  /** Something that every reader must see alike. */
  observed(path: string, fact: string): void;
  /** The outside gets the id of a callback. */
  handOut(path: string, callbackId: string, completion: Completion): void;
  /** An effect in the world outside; it survives everything. */
  effects: Map<string, number>;
  violation(rule: string, detail: string): void;
}

/** Stands in a result for what depends on timing: each of the allowed outcomes is right. */
export const EITHER = '(either)';
