import { errorNames, errorSummary } from '../program/outcome.ts';
import { EITHER, type Family, type Node } from '../program/program.ts';
import { agree } from './agreement.ts';
import type { CallInput } from './invoke.ts';

export interface ContestedInvokeNode extends Node {
  kind: 'contestedInvoke';
  /** Of the call, and about how long its target takes, in seconds. */
  timeout: number;
  body: readonly Node[];
}

/** An invoke whose target answers at about the moment of the timeout. */
export const contestedInvoke: Family<ContestedInvokeNode> = {
  kind: 'contestedInvoke',
  weight: 2,
  single: false,
  generate: ({ random, key, block }) => ({
    kind: 'contestedInvoke',
    key: key('contestedInvoke'),
    timeout: random.pick([1, 5, 60]),
    body: random.chance(0.3) ? block(1, { mayFail: false, closed: true }) : [],
  }),
  async run({ key, timeout }, scope) {
    const { context, path, hooks } = scope;
    const input: CallInput = { key };
    await agree(
      scope,
      await context.invoke(path, 'called', input, { timeout: { seconds: timeout } }).then(
        (answer) => ({ answer }),
        (error: unknown) => {
          const [name, cause] = errorNames(error);
          if (name !== 'InvokeError' || cause !== 'InvokeTimeoutError')
            hooks.violation('outcome', `${path}: ${JSON.stringify(errorSummary(error))}`);
          return 'timed out';
        },
      ),
    );
    return EITHER;
  },
  print: ({ timeout }) => `invoke called, which takes ${timeout} s, timeout ${timeout} s, contested`,
  inner: ({ body }) => body,
  withInner: (node, body) => ({ ...node, body }),
};
