import type { Tracer } from '@aws-lambda-powertools/tracer';

/** A segment of X-Ray's, or a subsegment. */
export type AnySegment = NonNullable<ReturnType<Tracer['getSegment']>>;
/** What can be annotated, and is sent when it is closed. */
export type Subsegment = ReturnType<AnySegment['addNewSubsegment']>;

/** Letters, digits, white space and what X-Ray allows besides; it refuses others, and more than 200. */
export function segmentName(text: string): string {
  return text.replace(/[^\p{L}\p{N}\p{Z}_.:/%&#=+\\\-@]/gu, '_').slice(0, 200);
}

/** A subsegment of nothing: what is opened in it is never sent. */
export function detached(like: Subsegment): Subsegment {
  return new (like.constructor as new (name: string) => Subsegment)('replayed');
}

/** Closes what is open in it and then itself; who closes it later does nothing. */
export function closeAll(segment: Subsegment): void {
  // Closed ones leave the list while it is walked.
  for (const child of [...(segment.subsegments ?? [])]) closeAll(child);
  if (segment.isClosed()) return;
  segment.close();
  segment.close = () => {};
}
