import { at } from './read-json.ts';

/** A header by its name in lower case, from whichever of the two forms has it. Several of one name are joined by commas. */
export function headerOf(event: unknown, name: string): string | undefined {
  for (const form of ['headers', 'multiValueHeaders']) {
    const values = Object.entries(at(event, form) ?? {})
      .filter(([spelled]) => spelled.toLowerCase() === name)
      .flatMap(([, value]) => value as unknown);
    if (values.length > 0) return values.join(',');
  }
  return undefined;
}
