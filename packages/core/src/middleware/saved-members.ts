import { describeValue } from '../describe-value.ts';
import type { DurableRequest } from './types.ts';

const ROOTS: ReadonlySet<string> = new Set([
  'event',
  'context',
  'internal',
  'response',
] satisfies (keyof DurableRequest)[]);
/** Names that lead out of an object's own data. */
const FORBIDDEN: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);

/** Splits paths such as `internal.flags`, and refuses those that can't name a member of a request. */
export function parsePaths(paths: unknown): string[][] {
  if (!Array.isArray(paths)) throw badPaths(paths);
  return paths.map((path: unknown) => {
    const names = typeof path === 'string' ? path.split('.') : [];
    const isMember = names.length > 1 && names.every((name) => name !== '' && !FORBIDDEN.has(name));
    if (!isMember || !ROOTS.has(names[0] as string)) throw badPaths(path);
    return names;
  });
}

function badPaths(value: unknown): TypeError {
  return new TypeError(
    `checkpointed: option save must list members of the request, such as 'internal.flags' or 'context.config'; got ${describeValue(value)}`,
  );
}

/** What stands at the paths, promises resolved (middy keeps them in `internal`); `undefined` where nothing does. */
export async function readMembers(request: DurableRequest, paths: string[][]): Promise<Record<string, unknown>> {
  const members = paths.map(async (names) => {
    let value: unknown = request;
    for (const name of names) value = (value as Record<string, unknown> | null | undefined)?.[name];
    return [names.join('.'), await value];
  });
  return Object.fromEntries(await Promise.all(members)) as Record<string, unknown>;
}

/** Puts values back; what was `undefined` is left alone. */
export function writeMembers(
  request: DurableRequest,
  paths: string[][],
  members: Readonly<Record<string, unknown>>,
): void {
  for (const names of paths) {
    const value = members[names.join('.')];
    if (value === undefined) continue;
    let target = request as unknown as Record<string, unknown>;
    for (const name of names.slice(0, -1)) {
      if (typeof target[name] !== 'object' || target[name] === null) target[name] = {};
      target = target[name] as Record<string, unknown>;
    }
    target[names.at(-1) as string] = value;
  }
}
