import type { OrdinaryEventOptions } from '@middy-durable/protocol';
import { jsonText } from './canonical-json.ts';
import { fittingName } from './execution-name.ts';

type Given<Option extends keyof OrdinaryEventOptions> = NonNullable<OrdinaryEventOptions[Option]>;
type OfEvent = (event: unknown, lambdaContext?: unknown) => unknown;

/**
 * The name that the user's option gives the event. `undefined` when there is no option, or it gives none.
 *
 * @param copy makes a copy of the event for the function to read
 */
export async function chosenName(
  option: OrdinaryEventOptions['executionName'],
  copy: () => unknown,
  lambdaContext: unknown,
): Promise<string | undefined> {
  if (option === undefined || option === null || option === '') return undefined;
  const what =
    typeof option === 'string'
      ? `the JMESPath expression ${JSON.stringify(option)} of option executionName`
      : 'option executionName';
  const name =
    typeof option === 'string'
      ? await found(option, copy(), what)
      : called(option as OfEvent, [copy(), lambdaContext], what);
  // JMESPath gives null for what is not there.
  if (name === undefined || name === null || name === '') return undefined;
  if (typeof name !== 'string') {
    const advice = typeof option === 'string' ? 'wrap it in to_string(...)' : 'return a string, or undefined for none';
    throw new TypeError(`${what} must give a string, not ${kindOf(name)}: ${advice}`);
  }
  return fittingName(name);
}

/** What the user's option says that the sender meant. */
export function chosenFingerprint(option: Given<'fingerprint'>, copy: () => unknown): unknown {
  const what = 'what option fingerprint returns';
  return JSON.parse(jsonText(called(option as OfEvent, [copy()], 'option fingerprint'), what));
}

/** What the user's option lets of the event be stored, serialized. */
export function chosenInput(option: Given<'input'>, copy: () => unknown): string {
  return jsonText(called(option as OfEvent, [copy()], 'option input'), 'what option input returns');
}

function called(option: OfEvent, args: Parameters<OfEvent>, what: string): unknown {
  const given = attempt(() => option(...args), what);
  if (!(given instanceof Promise)) return given;
  given.catch(() => {}); // Nobody waits for it, and its failure must not end the process.
  throw new TypeError(`${what} must return its value, not a promise: leave out async`);
}

function attempt<T>(work: () => T, what: string): T {
  try {
    return work();
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new Error(`${what} failed on the event: ${detail}`, { cause: error });
  }
}

async function found(expression: string, event: unknown, what: string): Promise<unknown> {
  const [{ search }, { PowertoolsFunctions }] = await Promise.all([
    import('@aws-lambda-powertools/jmespath'),
    import('@aws-lambda-powertools/jmespath/functions'),
  ]);
  const customFunctions = new PowertoolsFunctions();
  return attempt(() => search(expression, event as Parameters<typeof search>[1], { customFunctions }), what);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
