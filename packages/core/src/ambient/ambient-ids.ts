import { sha256 } from '../engine/seeded.ts';

/** What tells an ambient call from others of the same name: it claims no position in its context. */
export interface AmbientPlace {
  /** `step`, `context`. */
  kind: string;
  /** Of the arguments: calls of one name with different keys may come in any order. */
  key: string;
}

/** Other ids are hex digits: the two can't meet. */
const PREFIX = 'x_';

/** Whether the operation was called by an ambient function. */
export function isAmbientId(id: string): boolean {
  return id.startsWith(PREFIX);
}

/**
 * Wire ids of the ambient calls in one context, which are their raw ids too. They depend on what is called and not on how
 * many other operations there are: code may gain and lose ambient calls, and may make them in network order.
 */
export class AmbientIds {
  readonly #parentId: string | null;
  readonly #occurrences = new Map<string, number>();

  /** @param parentId wire id that the context's record has, or would have; none for the root */
  constructor(parentId: string | undefined) {
    this.#parentId = parentId ?? null;
  }

  /** The id of the next call of that name with that key. */
  next({ kind, key }: AmbientPlace, name: string | undefined): string {
    const call = JSON.stringify([kind, name, key]);
    const occurrence = (this.#occurrences.get(call) ?? 0) + 1;
    this.#occurrences.set(call, occurrence);
    return PREFIX + sha256(JSON.stringify([kind, this.#parentId, name, key, occurrence])).slice(0, 32);
  }
}
