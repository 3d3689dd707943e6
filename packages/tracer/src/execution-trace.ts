import type { InvocationObserver, InvocationOutcome, ObservedInvocation } from '@middy-durable/core/middleware';
import { type AnySegment, closeAll, detached, type Subsegment } from './x-ray.ts';

/** The subsegment of one invocation of an execution, and which one the code outside of steps has set in it. */
export class ExecutionTrace implements InvocationObserver {
  /** `## index.handler`. */
  readonly segment: Subsegment;
  readonly #invocation: ObservedInvocation;
  /** Takes what is opened while the code replays. */
  readonly #replayed: Subsegment;
  #current: AnySegment;

  constructor(invocation: ObservedInvocation, parent: AnySegment, name: string) {
    this.#invocation = invocation;
    this.segment = parent.addNewSubsegment(name);
    this.segment.addAnnotation('execution_arn', invocation.executionArn);
    this.#replayed = detached(this.segment);
    this.#current = this.segment;
    invocation.observe(this);
  }

  /** What code outside of steps opens subsegments in. */
  get current(): AnySegment {
    const { isReplaying, phase } = this.#invocation;
    if (phase === 'over') return this.#replayed; // Code that was left behind adds nothing.
    return isReplaying && this.#current === this.segment ? this.#replayed : this.#current;
  }

  set current(segment: AnySegment) {
    // Code that puts back what it found has found this one on replay.
    this.#current = segment === this.#replayed ? this.segment : segment;
  }

  /** What annotations and metadata go to: that of this invocation, also while it replays. */
  get annotated(): Subsegment | undefined {
    const { isReplaying, phase } = this.#invocation;
    return phase !== 'over' && isReplaying && this.#current === this.segment ? this.segment : undefined;
  }

  ended(how: InvocationOutcome): void {
    if (!this.segment.isClosed()) this.segment.addAnnotation('invocation_status', how);
    closeAll(this.segment);
  }
}
