/** Where a value belongs that is being written or read. */
export interface SerdesContext {
  /** Position of the operation: `2-1` is the first call in the context of the second call. */
  entityId: string;
  durableExecutionArn: string;
}

/**
 * Turns values into the text that a checkpoint stores, and back. `undefined` text means no payload. Plain functions that
 * return without a promise work too. What it throws fails the operation.
 *
 * What it reads may have been written by another version of the code: keep old formats readable while executions run.
 */
export interface Serdes<T> {
  serialize(value: T | undefined, context: SerdesContext): Promise<string | undefined>;
  deserialize(data: string | undefined, context: SerdesContext): Promise<T | undefined>;
}

/** A {@link Serdes} of whatever type. */
// biome-ignore lint/suspicious/noExplicitAny: only so does it fit every operation, and every serdes fit it
export type AnySerdes = Serdes<any>;
/** The reading half: what a callback needs, as its result is written outside. */
export type AnySerdesDeserializer = Pick<AnySerdes, 'deserialize'>;

/** The serdes of a context, for operations that don't name their own. */
export interface SerdesConfig {
  /** Default: {@link defaultSerdes}. */
  defaultSerdes?: AnySerdes | undefined;
  /** Reads callback results. Default: the text as it was sent. */
  defaultCallbackDeserializer?: AnySerdesDeserializer | undefined;
}

/**
 * A {@link Serdes} that fits every type: the caller says what comes back. As an option of an operation it leaves the type of
 * the result as it is.
 */
export interface GenericSerdes {
  serialize(value: unknown, context: SerdesContext): Promise<string | undefined>;
  // Inference looks at the last signature of each method: `never` there adds nothing to what it knows of a result.
  serialize(value: never, context: SerdesContext): Promise<string | undefined>;
  // biome-ignore lint/suspicious/noExplicitAny: what is read without a type is usable as it is with the official SDK
  deserialize<T = any>(data: string | undefined, context: SerdesContext): Promise<T | undefined>;
  deserialize(data: string | undefined, context: SerdesContext): Promise<never>;
}

/**
 * Gives a serdes for whatever values the type that leaves results their own.
 * @internal
 */
export function genericSerdes(serdes: AnySerdes): GenericSerdes {
  return serdes as GenericSerdes;
}

/**
 * A value as JSON text, or `undefined` for what JSON has no text for (`undefined`, functions, symbols).
 * @throws TypeError for a BigInt or a circular value, and whatever a `toJSON` of the value throws
 */
export function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // V8 draws the circle over several lines; the first one says what it is.
    const problem = error.message.split('\n', 1)[0];
    const fix = 'return plain data (a BigInt as a string, no circular references) or give the operation a serdes';
    throw new TypeError(`The value can't be stored as JSON: ${problem}; ${fix}`, { cause: error });
  }
}

/**
 * A value from JSON text; `undefined` from `undefined`. An own `__proto__` key in the text becomes an own property and
 * pollutes nothing: keep it so, never merge the value into another object key by key.
 * @throws SyntaxError when the text is no JSON
 */
export function fromJson(text: string | undefined): unknown {
  return text === undefined ? undefined : JSON.parse(text);
}

/**
 * JSON, the default of every operation. Dates come back as strings, maps, sets and classes as plain objects, and members
 * that are `undefined` not at all: give such values a serdes of their own.
 * @example
 * const context = { entityId: '1', durableExecutionArn: 'arn:example' };
 * await defaultSerdes.serialize({ total: 12 }, context) // => '{"total":12}'
 * await defaultSerdes.deserialize('{"total":12}', context) // => { total: 12 }
 */
export const defaultSerdes: GenericSerdes = /* @__PURE__ */ genericSerdes({
  async serialize(value) {
    return toJson(value);
  },
  async deserialize(data) {
    return fromJson(data);
  },
});

/**
 * The text as it is, the default of callback results.
 * @example await passThroughSerdes.deserialize('{"a":1}', { entityId: '1', durableExecutionArn: 'arn:example' }) // => '{"a":1}'
 */
export const passThroughSerdes: Serdes<string> = {
  async serialize(value) {
    return value;
  },
  async deserialize(data) {
    return data;
  },
};

/**
 * Writes with a serdes, without a promise where none is needed: the default one is the common case, and a turn of the
 * microtask queue for each step is not.
 */
export function serializeWith<T>(
  serdes: Pick<Serdes<T>, 'serialize'>,
  value: T | undefined,
  context: SerdesContext,
): string | undefined | PromiseLike<string | undefined> {
  return serdes === defaultSerdes ? toJson(value) : serdes.serialize(value, context);
}

/** Reads with a serdes, without a promise where none is needed. */
export function deserializeWith<T>(
  serdes: Pick<Serdes<T>, 'deserialize'>,
  data: string | undefined,
  context: SerdesContext,
): T | undefined | PromiseLike<T | undefined> {
  if (serdes === passThroughSerdes) return data as T | undefined;
  return serdes === defaultSerdes ? (fromJson(data) as T | undefined) : serdes.deserialize(data, context);
}
