import { formatExecutionArn, type RunEvent } from '@middy-durable/protocol';
import type { Engine } from './engine.ts';
import { resolveFunction } from './function-name.ts';
import { functionArnOf } from './status-change.ts';

/**
 * Resolves the targets of chained invokes that a batch starts, before it is appended. What can't be resolved fails in
 * the same checkpoint and keeps nothing but the function's name.
 *
 * No function can be resolved yet: targets come with chained invokes, which begin here.
 */
export function resolveChainedInvokes(engine: Engine, events: readonly RunEvent[]): RunEvent[] {
  return events.flatMap((event): RunEvent[] => {
    if (event.type !== 'ChainedInvokeStarted') return [event];
    const { input: _input, tenantId: _tenantId, ...started } = event;
    const error = {
      ErrorMessage: `Function not found: ${targetArn(engine, event.functionName)}`,
      ErrorType: 'ResourceNotFoundException',
    };
    return [started, { type: 'ChainedInvokeFailed', at: event.at, id: event.id, error }];
  });
}

/** The target as the service names it, or as the caller did where that makes no ARN. */
function targetArn(engine: Engine, target: string): string {
  try {
    const { functionName, qualifier } = resolveFunction(engine.home, target);
    if (target.startsWith('arn:')) return target;
    return functionArnOf(formatExecutionArn({ ...engine.home, functionName, qualifier, name: '-', id: '-' }));
  } catch {
    return target;
  }
}
