import { scopes } from '../engine/frame.ts';
import { step } from '../operations/step.ts';
import type { RetryStrategy } from '../retry.ts';
import type { Serdes } from '../serdes.ts';
import { checkFunction, checkName, checkOptions } from '../validation.ts';
import { parsePaths, readMembers, writeMembers } from './saved-members.ts';
import type { AnyMiddleware, DurableRequest } from './types.ts';

export interface CheckpointedOptions {
  /** Name of the step in which `before` runs. One name for each middleware of a handler. */
  name: string;
  /**
   * What `before` leaves behind and replays get back: members of the request, such as `internal.flags`, `context.config`,
   * `event.body`. Everything listed is stored with the execution: never list credentials, they are to be fetched anew in
   * each invocation.
   */
  save: readonly string[];
  /** Asked when `before` fails. Default: no further attempt, as without this. */
  retryStrategy?: RetryStrategy | undefined;
  /** How the saved members are written and read. Default: the context's, JSON. */
  serdes?: Serdes<SavedRequest> | undefined;
}

/** What is recorded of a request. */
export interface SavedRequest {
  /** By the paths of `save`. */
  members: Readonly<Record<string, unknown>>;
  /** The answer with which `before` ended the request. */
  early?: { value?: unknown } | undefined;
}

const OPTIONS = { name: 'string', retryStrategy: 'function', serdes: 'serdes' } as const;

/**
 * A middleware whose `before` runs once per execution, as a step: replays get what `save` names from the record, and the
 * answer with which it ended the request, if it did. For parameters and flags that steer the flow, which may have changed
 * when the execution goes on. `after` and `onError` stay as they are. Outside durable executions nothing changes.
 *
 * @throws TypeError when it has no `before`, or `name` or `save` can't be right
 * @example
 * middy({ executionMode: durableExecution() }).use(
 *   checkpointed(ssm({ fetchData: { limits: '/orders/limits' } }), { name: 'limits', save: ['internal.limits'] }),
 * );
 */
export function checkpointed<Middleware extends AnyMiddleware>(
  middleware: Middleware,
  options: CheckpointedOptions,
): Middleware {
  const before = middleware?.before as ((request: DurableRequest) => unknown) | undefined;
  checkFunction(before, 'checkpointed', 'before of the middleware');
  checkOptions(options, OPTIONS, 'checkpointed');
  const { name, save, retryStrategy = noFurtherAttempt, serdes } = options ?? {};
  if (name === undefined) throw new TypeError('checkpointed: say a name for the step in which the middleware runs');
  checkName(name, 'checkpointed');
  const paths = parsePaths(save);

  async function checkpointedBefore(request: DurableRequest): Promise<unknown> {
    const context = scopes.getStore()?.context;
    if (!context) return before?.(request);
    let thrown: { error: unknown } | undefined;
    const run = async (): Promise<SavedRequest> => {
      try {
        const value = await before?.(request);
        const early = value !== undefined ? { value } : earlyResponse(request);
        return { members: await readMembers(request, paths), ...(early && { early }) };
      } catch (error) {
        thrown = { error };
        throw error;
      }
    };
    const config = { retryStrategy, serdes };
    let saved: SavedRequest;
    try {
      saved = await step(context, name, run, config, undefined, () => ({ kind: 'checkpointed', key: '' }));
    } catch (error) {
      // Middlewares that answer errors look at members that no record keeps.
      throw thrown ? thrown.error : ((error as Error).cause ?? error);
    }
    writeMembers(request, paths, saved.members);
    if (!saved.early) return undefined;
    (request as { earlyResponse?: unknown }).earlyResponse = saved.early.value;
    return saved.early.value;
  }
  return { ...middleware, before: checkpointedBefore };
}

/** A middleware may also end the request by this member, which allows `undefined` as an answer. */
function earlyResponse(request: DurableRequest): { value?: unknown } | undefined {
  return 'earlyResponse' in request ? { value: request.earlyResponse } : undefined;
}

function noFurtherAttempt(): { shouldRetry: false } {
  return { shouldRetry: false };
}
