import type { BatchResult } from '@middy-durable/core';
import type { BatchPlan } from './batch-plan.ts';

/** Why a batch of this plan can't have come to this result, or undefined when it can. Written from what the options promise. */
export function impossible(
  { items, ending, maxConcurrency }: BatchPlan,
  batch: BatchResult<unknown>,
): string | undefined {
  const { all, completionReason: reason, successCount, failureCount, startedCount, totalCount } = batch;
  const counts = `${successCount} succeeded, ${failureCount} failed, ${startedCount} started of ${items.length}`;
  if (totalCount !== all.length || successCount + failureCount + startedCount !== totalCount)
    return `counts: ${counts}`;
  for (const [position, { index, status }] of all.entries()) {
    if (index !== position) return `item ${index} stands at ${position}`;
    const end = items[index];
    if (end === undefined) return `there is no item ${index}`;
    if (end === 'fails' && status === 'SUCCEEDED') return `item ${index} fails, and has succeeded`;
  }
  if (startedCount > 0 && startedCount >= (maxConcurrency ?? Number.POSITIVE_INFINITY)) {
    return `${startedCount} items ran beside the last one, at most ${maxConcurrency} may`;
  }
  const isCustom = reason.startsWith('CUSTOM_COMPLETION_');
  if (isCustom && ending.how !== 'custom') return `${reason} without a custom completion`;
  if (ending.how === 'custom') {
    const ended = successCount + failureCount;
    if (isCustom && ended !== ending.ended) return `${reason} with ${ended} ended items, wanted were ${ending.ended}`;
    if (isCustom && reason !== `CUSTOM_COMPLETION_${ending.says}`) return `${reason}, said was ${ending.says}`;
    return isCustom || ended === items.length ? undefined : `${reason}: ${counts}`;
  }
  const { minSuccessful, toleratedFailureCount, toleratedFailurePercentage } = ending.thresholds;
  const hasTolerance = toleratedFailureCount !== undefined || toleratedFailurePercentage !== undefined;
  const tolerated = hasTolerance
    ? Math.min(toleratedFailureCount ?? items.length, ((toleratedFailurePercentage ?? 100) / 100) * items.length)
    : minSuccessful === undefined
      ? 0
      : items.length;
  const enough = minSuccessful !== undefined && successCount >= minSuccessful;
  switch (reason) {
    case 'ALL_COMPLETED':
      return successCount + failureCount === items.length ? undefined : `${reason}: ${counts}`;
    case 'MIN_SUCCESSFUL_REACHED':
      return enough ? undefined : `${reason}: ${counts}, wanted were ${minSuccessful}`;
    default:
      return failureCount > tolerated ? undefined : `${reason}: ${counts}, tolerated are ${tolerated}`;
  }
}
