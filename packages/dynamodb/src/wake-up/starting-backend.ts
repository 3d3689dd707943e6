import type { StoreBackend } from '@middy-durable/backend';
import type { InlineInvocation, OpenedInvocation } from '@middy-durable/protocol';
import type { WakeUpStarter } from './wake-up-starter.ts';

/**
 * A backend whose every call that may leave something due soon sees to it that somebody is there then. Lambda freezes a
 * process that has answered, so a call ends after that, and not before.
 */
export function startingBackend(backend: StoreBackend, starter: WakeUpStarter): StoreBackend {
  const afterwards =
    <Args extends unknown[], Answer>(call: (...args: Args) => Promise<Answer>) =>
    async (...args: Args): Promise<Answer> => {
      try {
        return await call(...args);
      } finally {
        await starter.start();
      }
    };
  const { client, callbacks, executions } = backend;
  return {
    ...backend,
    client: {
      ...client,
      async checkpoint(...args) {
        try {
          return await client.checkpoint(...args);
        } finally {
          // What it calls need not keep the function waiting: it is frozen no earlier than its invocation is closed.
          void starter.start();
        }
      },
    },
    callbacks: {
      ...callbacks,
      succeed: afterwards(callbacks.succeed),
      fail: afterwards(callbacks.fail),
    },
    executions: {
      ...executions,
      start: afterwards(executions.start),
      stop: afterwards(executions.stop),
      redrive: afterwards(executions.redrive),
    },
    async open(...args) {
      return withStarts(await afterwards(backend.open)(...args), starter, afterwards);
    },
  };
}

type Afterwards = <Args extends unknown[], Answer>(
  call: (...args: Args) => Promise<Answer>,
) => (...args: Args) => Promise<Answer>;

function withStarts(opened: OpenedInvocation, starter: WakeUpStarter, afterwards: Afterwards): OpenedInvocation {
  if ('answer' in opened || opened.inline === undefined) return opened;
  const { run, inline } = opened;
  const close: InlineInvocation['close'] = async (output, original) => {
    const looked = output.Status === 'PENDING' ? starter.checkBeat() : undefined;
    const answer = await inline.close(output, original);
    await looked;
    return answer;
  };
  return { run, inline: { ...inline, close: afterwards(close), abandon: afterwards(inline.abandon) } };
}
