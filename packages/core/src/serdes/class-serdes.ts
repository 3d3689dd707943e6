import { describeValue } from '../describe-value.ts';
import { fromJson, type Serdes, toJson } from '../serdes.ts';
import { checkFunction } from '../validation.ts';

/**
 * JSON that comes back as an instance of a class: made by `new cls()`, then given what was stored, so its methods are there.
 * What only the instance knows (`#private` members, closures) is not stored, and nested instances come back as plain
 * objects. `null` and `undefined` come back as they are.
 *
 * @throws TypeError at once when `cls` is no class; when reading, for a constructor that throws without arguments and for
 *   a payload that is no object. Errors while reading and writing fail the operation.
 * @example
 * class Order { total = 0; get free() { return this.total === 0; } }
 * const context = { entityId: '1', durableExecutionArn: 'arn:example' };
 * (await createClassSerdes(Order).deserialize('{"total":12}', context)).free // => false
 */
export function createClassSerdes<T extends object>(cls: new () => T): Serdes<T> {
  return createClassSerdesWithDates(cls, []);
}

/**
 * As {@link createClassSerdes}, and what stands at the given paths becomes a `Date`. A path names own members, with dots
 * between them: `at`, `metadata.createdAt`, `lines.0.shippedAt`. Texts and numbers (milliseconds; 0 is 1970) are
 * converted; an empty text, `null`, anything else, and a path that leads nowhere stay as they are.
 *
 * @throws TypeError as `createClassSerdes`, and at once when `dateProps` is no array of texts
 * @example
 * class Order { at = new Date(0); }
 * const context = { entityId: '1', durableExecutionArn: 'arn:example' };
 * const serdes = createClassSerdesWithDates(Order, ['at']);
 * (await serdes.deserialize('{"at":"2026-01-31T00:00:00.000Z"}', context)).at.getUTCDate() // => 31
 */
export function createClassSerdesWithDates<T extends object>(cls: new () => T, dateProps: string[]): Serdes<T> {
  checkFunction(cls, 'createClassSerdes', 'the class');
  if (!Array.isArray(dateProps) || !dateProps.every((path) => typeof path === 'string')) {
    throw new TypeError(
      `createClassSerdesWithDates: the paths must be an array of strings; got ${describeValue(dateProps)}`,
    );
  }
  const paths = dateProps.map((path) => path.split('.'));
  return {
    async serialize(value) {
      return toJson(value);
    },
    async deserialize(text) {
      const data = fromJson(text);
      if (data === undefined || data === null) return data as undefined;
      if (typeof data !== 'object') {
        throw new TypeError(`The payload holds ${describeValue(data)}, not the members of a ${cls.name}`);
      }
      for (const path of paths) convertDate(data as Members, path);
      return assign(instanceOf(cls), data as Members);
    },
  };
}

type Members = Record<string, unknown>;

/** Only own members are walked: a path never leads into a prototype. */
function convertDate(data: Members, path: readonly string[]): void {
  let holder: unknown = data;
  for (const [index, member] of path.entries()) {
    if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, member)) return;
    const value: unknown = (holder as Members)[member];
    if (index < path.length - 1) holder = value;
    else if (typeof value === 'number' || (typeof value === 'string' && value !== '')) {
      (holder as Members)[member] = new Date(value);
    }
  }
}

function instanceOf<T extends object>(cls: new () => T): T {
  try {
    return new cls();
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    const fix = 'let the constructor work without arguments, or write a serdes of your own';
    throw new TypeError(`new ${cls.name}() failed: ${problem}; ${fix}`, { cause: error });
  }
}

/** As `Object.assign`, setters included, but a stored `__proto__` can't exchange the prototype. */
function assign<T extends object>(instance: T, { ['__proto__']: _, ...members }: Members): T {
  return Object.assign(instance, members);
}
