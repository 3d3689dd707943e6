import { errorNames, filler } from '../program/outcome.ts';
import type { Family, Generation, Node, Scope } from '../program/program.ts';
import type { ContestedInvokeNode } from './contested-invoke.ts';
import { LATE_SECONDS } from './late.ts';

/** Durable functions, one of them with an execution timeout; ordinary ones, called over the wire or where the service is; nobody. */
export type CallTarget = 'called' | 'called-briefly' | 'called-plainly' | 'called-here' | 'nobody';

export interface InvokeNode extends Node {
  kind: 'invoke';
  target: CallTarget;
  /** Of a durable target, in its own execution. */
  body: readonly Node[];
  end: 'succeeds' | 'fails' | 'isTooLarge' | 'late';
  /** Virtual milliseconds of each call of an ordinary target. */
  duration: number;
  /** Seconds. */
  timeout?: number | undefined;
}

/** Input of a call: which operation of the program calls. */
export interface CallInput {
  readonly key: string;
}

const MONTH_SECONDS = 30 * 86_400;
/** How a call of an ordinary function ends that was disturbed: nobody repeats it, so the program does. */
const DISTURBED = ['ConnectionLost', 'Runtime.ExitError', 'ChainedInvoke.Timeout'];
const MOST_CALLS = 30;
/** A chained result may have 1 MiB. */
const TOO_LARGE = 1100;

export const invoke: Family<InvokeNode> = {
  kind: 'invoke',
  weight: 8,
  single: true,
  generate(generation) {
    const { random, key, block } = generation;
    const target = random.weighted<CallTarget>([
      { weight: 8, value: 'called' },
      { weight: 1, value: 'called-briefly' },
      { weight: 3, value: 'called-plainly' },
      { weight: 2, value: 'called-here' },
      { weight: generation.mayFail ? 1 : 0, value: 'nobody' },
    ]);
    const isDurable = target === 'called' || target === 'called-briefly';
    const { end, timeout } = endOf(generation, target);
    return {
      kind: 'invoke',
      key: key('invoke'),
      target,
      body: isDurable ? block(3, { mayFail: generation.mayFail, closed: true }) : [],
      end,
      duration: random.pick([0, 5, 300, 20_000]),
      timeout,
    };
  },
  run(node, scope) {
    if (node.target === 'called-plainly' || node.target === 'called-here') return plainCall(node, scope);
    const { context, path } = scope;
    const input: CallInput = { key: node.key };
    return Promise.resolve(
      context.invoke(path, node.target, input, {
        timeout: node.timeout === undefined ? undefined : { seconds: node.timeout },
      }),
    );
  },
  print: ({ target, end, duration, timeout }) =>
    `invoke ${target}, ${end}, ${duration} ms${timeout === undefined ? '' : `, timeout ${timeout} s`}`,
  inner: ({ body }) => body,
  withInner: (node, body) => ({ ...node, body }),
};

function endOf({ random, mayFail }: Generation, target: CallTarget): Pick<InvokeNode, 'end' | 'timeout'> {
  const ample = random.chance(0.3) ? MONTH_SECONDS : undefined;
  if (target === 'called-briefly') return { end: mayFail && random.chance(0.5) ? 'late' : 'succeeds', timeout: ample };
  if (target !== 'called') return { end: mayFail && random.chance(0.3) ? 'fails' : 'succeeds' };
  return random.weighted<Pick<InvokeNode, 'end' | 'timeout'>>([
    { weight: 8, value: { end: 'succeeds', timeout: ample } },
    { weight: mayFail ? 2 : 0, value: { end: 'fails', timeout: ample } },
    { weight: mayFail ? 1 : 0, value: { end: 'isTooLarge', timeout: ample } },
    { weight: mayFail ? 2 : 0, value: { end: 'late', timeout: random.pick([1, 60, 3600]) } },
  ]);
}

/** Calls an ordinary function until no disturbance comes between. */
function plainCall({ key, target }: InvokeNode, { context, path, hooks, mayBeLeft }: Scope): Promise<unknown> {
  const calls = context.runInChildContext(path, async (child) => {
    for (let call = 1; ; call++) {
      try {
        const input: CallInput = { key };
        return await child.invoke(`${path} call ${call}`, target, input);
      } catch (error) {
        if (!errorNames(error).some((name) => DISTURBED.includes(name))) throw error;
        if (hooks.quiet || call >= MOST_CALLS) {
          hooks.violation('outcome', `${path}, call ${call}: ${errorNames(error)} without a disturbance`);
          throw error;
        }
      }
    }
  });
  return calls.then((result) => {
    if (!mayBeLeft) hooks.contextRead(path);
    return result;
  });
}

/** What a durable target does. */
export async function answerDurably(
  node: InvokeNode | ContestedInvokeNode,
  scope: Omit<Scope, 'path'>,
): Promise<unknown> {
  if (node.kind === 'contestedInvoke') {
    await scope.context.wait({ seconds: node.timeout });
    return scope.block(node.body);
  }
  const { key, body, end } = node;
  if (end === 'late') await scope.context.wait({ seconds: LATE_SECONDS });
  const values = await scope.block(body);
  if (end === 'fails') throw new RangeError(`what ${key} calls fails`);
  return end === 'isTooLarge' ? { values, filler: filler(TOO_LARGE) } : values;
}

/** What an ordinary target does. */
export async function answerPlainly(
  { key, end, duration }: InvokeNode,
  sleep: (ms: number) => Promise<void>,
): Promise<unknown> {
  if (duration > 0) await sleep(duration);
  if (end === 'fails') throw new RangeError(`what ${key} calls fails`);
  return { answered: key };
}
