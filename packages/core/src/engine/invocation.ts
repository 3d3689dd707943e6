import type {
  Backend,
  DurableExecutionClient,
  DurableExecutionInvocationInput,
  Runtime,
  WireOperation,
} from '@middy-durable/protocol';
import type { ObservedInvocation } from '../ambient/current-invocation.ts';
import type { LambdaClientLike } from '../lambda/aws-sdk.ts';
import type { PartialLambdaContext } from '../lambda-context.ts';
import type { DurableLogger } from '../logging/types.ts';
import { Instrumentation } from '../plugins/instrumentation.ts';
import type { DurableInstrumentationPlugin } from '../plugins/types.ts';
import { BodyWrappers } from './body-wrappers.ts';
import { CheckpointPipeline } from './checkpoint-pipeline.ts';
import { DeadlineView } from './deadline-view.ts';
import { Departure } from './departure.ts';
import { Frame } from './frame.ts';
import { Observers } from './observers.ts';
import { OutcomeHooks } from './outcome-hooks.ts';
import { Polling } from './polling.ts';
import { Repetition } from './repetition.ts';
import { ReplayLog } from './replay-log.ts';
import { ReplayOrder } from './replay-order.ts';
import { Suspension, type SuspensionTimes } from './suspension.ts';
import { Ticks } from './ticks.ts';
import { VersionMarks } from './version-marks.ts';

/** Why an invocation ends before its handler has returned. */
export type Ending =
  /** Nothing can move: the answer is PENDING. */
  | { kind: 'suspend' }
  /** The execution can't go on: the answer is FAILED. */
  | { kind: 'fail'; error: unknown }
  /** Only this invocation can't go on: it throws, and is tried again. */
  | { kind: 'throw'; error: unknown };

/** Where executions are kept: a backend, or the Lambda service, with the client that was named for it. */
export type ExecutionHome = { readonly backend: Backend } | { readonly lambda: LambdaClientLike | undefined };

export interface InvocationOptions {
  envelope: DurableExecutionInvocationInput;
  lambdaContext: PartialLambdaContext;
  client: DurableExecutionClient;
  /** Undefined where only the transport is known. */
  home: ExecutionHome | undefined;
  /** The code that runs, where it is known and the client tracks it. */
  code: string | undefined;
  runtime: Runtime;
  holdMs: number;
  times: SuspensionTimes;
  /** False: what is waited for is waited for in this invocation. */
  suspends: boolean;
  warn(message: string): void;
  /** What a failed request means for the invocation. */
  endingOf(error: unknown): Ending;
  plugins: readonly DurableInstrumentationPlugin[];
}

/** Assumed where the Lambda context does not say: the longest time that Lambda gives. */
const DEFAULT_REMAINING_MS = 900_000;

/** Everything that one invocation of an execution holds. When it is over, nothing of it stays behind. */
export class Invocation {
  readonly arn: string;
  /** What values are derived from that must stay the same when an execution goes on with one that had failed. */
  readonly identity: string;
  readonly envelope: DurableExecutionInvocationInput;
  readonly lambdaContext: PartialLambdaContext;
  readonly client: DurableExecutionClient;
  readonly home: ExecutionHome | undefined;
  readonly code: string | undefined;
  readonly runtime: Runtime;
  /** What a failed request means for the invocation. */
  readonly endingOf: (error: unknown) => Ending;
  readonly log: ReplayLog = new ReplayLog();
  readonly replayOrder: ReplayOrder = new ReplayOrder();
  readonly pipeline: CheckpointPipeline;
  readonly suspension: Suspension;
  readonly polling: Polling;
  readonly ticks: Ticks = new Ticks();
  readonly versions: VersionMarks = new VersionMarks();
  readonly repetition: Repetition;
  /** What middlewares do when user code is left behind. */
  readonly departure: Departure;
  /** What is done with the handler's outcome before it is the answer. */
  readonly outcomeHooks: OutcomeHooks = new OutcomeHooks();
  /** What middlewares put around the bodies of steps. */
  readonly bodyWrappers: BodyWrappers = new BodyWrappers();
  /** False: what is waited for is waited for in this invocation, which nothing tries again. */
  readonly suspends: boolean;
  /** The time that is left, as user code sees it. */
  readonly deadlineView: DeadlineView;
  readonly root: Frame;
  /** Resolves when the invocation ends before its handler has. */
  readonly ending: Promise<Ending>;
  /** Absent where there are no plugins. */
  readonly instrumentation: Instrumentation | undefined;
  /** Ids of operations that changed since the last invocation; undefined where the backend does not say. */
  readonly updatedIds: ReadonlySet<string> | undefined;
  readonly observers: Observers;
  /** What observers see of it. Made when the first one asks. */
  view: ObservedInvocation | undefined;
  /** Made when the first line is printed. */
  logger: DurableLogger | undefined;
  #resolveEnding!: (ending: Ending) => void;
  #over = false;
  /** User code was left behind, and the next invocation runs it again. */
  runsAgain = false;

  constructor(options: InvocationOptions) {
    const { envelope, client, runtime, endingOf, warn } = options;
    this.arn = envelope.DurableExecutionArn;
    this.identity = envelope.OriginExecutionArn ?? this.arn;
    this.envelope = envelope;
    this.updatedIds = envelope.UpdatedOperationIds && new Set(envelope.UpdatedOperationIds);
    this.lambdaContext = options.lambdaContext;
    this.client = client;
    this.home = options.home;
    this.code = options.code;
    this.runtime = runtime;
    this.endingOf = endingOf;
    this.suspends = options.suspends;
    this.departure = new Departure(runtime, warn);
    this.repetition = new Repetition(this);
    this.observers = new Observers(warn);
    this.deadlineView = new DeadlineView(options.lambdaContext);
    this.ending = new Promise((resolve) => {
      this.#resolveEnding = resolve;
    });
    const remainingTime = () => this.lambdaContext?.getRemainingTimeInMillis?.() ?? DEFAULT_REMAINING_MS;
    this.suspension = new Suspension(
      {
        runtime,
        times: options.times,
        enabled: options.suspends,
        pipeline: () => this.pipeline,
        remainingTime,
        warn,
        suspend: () => this.end({ kind: 'suspend' }),
      },
      () => this.root,
    );
    this.pipeline = new CheckpointPipeline({
      client,
      code: options.code,
      arn: this.arn,
      token: envelope.CheckpointToken,
      runtime,
      holdMs: options.holdMs,
      onRecords: (operations: WireOperation[]) => {
        const changed =
          this.instrumentation && operations.filter(({ Id, Status }) => this.log.get(Id)?.Status !== Status);
        this.log.merge(operations);
        if (changed) this.instrumentation?.recordsChanged(changed);
        this.observers.recorded();
      },
      onFailure: (error) => this.end(endingOf(error)),
      // The backend takes no more of this invocation: the execution was stopped, paused or closed meanwhile.
      onClosed: () => this.end({ kind: 'suspend' }),
      onMotion: () => this.suspension.moved(),
    });
    this.polling = new Polling(runtime, () => this.pipeline.refresh(), remainingTime);
    this.root = new Frame(this.suspension);
    this.instrumentation = options.plugins.length > 0 ? new Instrumentation(options.plugins, this) : undefined;
  }

  /** False once the invocation has its answer: code that is left behind must not start anything. */
  get live(): boolean {
    return !this.#over;
  }

  /** Ends the invocation before its handler has returned; the first ending stands. User code is left where it is. */
  end(ending: Ending): void {
    if (this.#over) return;
    this.runsAgain = ending.kind !== 'fail';
    this.leaveUserCode();
    this.#resolveEnding(ending);
  }

  /** From here on nothing of the user's code counts: the handler has returned, or is left behind. */
  leaveUserCode(): void {
    this.#over = true;
    this.suspension.dispose();
    this.polling.dispose();
    this.root.end();
  }
}

/** What a durable call answers when its code was left behind. A new one each time: a shared one would collect its waiters. */
export function never<T>(): Promise<T> {
  return new Promise<T>(() => {});
}
