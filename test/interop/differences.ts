import type { EngineName } from './hosts/engines.ts';
import type { Trace } from './hosts/trace.ts';

type Rewriting = readonly (readonly [RegExp, string])[];

/** Where this engine leaves something else behind than the official one, on purpose. */
export interface EngineDifference {
  /** Of the list of weak points of the official SDK. */
  section: string;
  why: string;
  /** Where it shows; nowhere else may it, and nowhere here may it be gone. */
  workflows: readonly string[];
  /** Whose trace is rewritten to that of the other engine. */
  of: EngineName;
  rewriting: Rewriting;
}

/** Where the official test runner tells another story than the service and the backends here. */
export interface RunnerDifference {
  why: string;
  /** Whose trace is rewritten to that of the other. `both`: it is left out of the comparison. */
  of: 'backends' | 'runner' | 'both';
  rewriting: Rewriting;
}

export const ENGINE_DIFFERENCES: readonly EngineDifference[] = [
  {
    section: '11.2 #13',
    why: 'A condition that fails rejects with WaitForConditionError, as its documentation says, not with StepError.',
    workflows: ['a condition that gives up', 'a condition whose check fails'],
    of: 'official',
    rewriting: [[/StepError(?=: (no job|waitForCondition exceeded))/g, 'WaitForConditionError']],
  },
  {
    section: '11.2 #16',
    why: 'The error of an invoked function keeps its type.',
    workflows: ['invoking a durable function that fails', 'invoking an ordinary function that fails'],
    of: 'ours',
    rewriting: [[/(?<=\\")(StepError|RangeError)(?=: )/g, 'Error']],
  },
  {
    section: '11.2 #18',
    why: 'Items without a result are results too.',
    workflows: ['a map of nothing but effects'],
    of: 'official',
    rewriting: [[/\[2,0,0\]/g, '[2,2,2]']],
  },
  {
    section: '11.2 #21',
    why: 'Items that were under way when a large batch had enough are still there when it is rebuilt.',
    workflows: ['a map with a large result that has enough'],
    of: 'official',
    rewriting: [[/,3,0\]/g, ',3,1]']],
  },
  {
    section: '11.3 #28',
    why: 'What was behind an error stays in the record, in its stack trace, over every boundary.',
    workflows: [
      'waiting for a callback that fails',
      'waiting for a callback that times out',
      'waiting for a callback whose id could not be sent',
      'invoking a durable function that fails',
      'a child context whose step fails',
      'a failure through two contexts',
      'all with a failure',
      'an execution whose step fails',
      'an execution whose child context fails',
    ],
    of: 'ours',
    rewriting: [[/,"StackTrace":\["Caused by: [^\]]*\]/g, '']],
  },
  {
    section: '11.3 #28',
    why: 'So the cause of an error of a callback is what the outside said, not the same error once more.',
    workflows: ['waiting for a callback that fails', 'waiting for a callback that times out'],
    of: 'ours',
    rewriting: [
      [/(?<=\\")RefusedError(?=: not)/g, 'CallbackExternalError'],
      [/(?<=\\")(Callback\.Timeout|Error)(?=: Callback timed out)/g, 'CallbackTimeoutError'],
    ],
  },
  {
    section: '11.3 #28',
    why: 'What was thrown and is no error is told, not just that it was unknown.',
    workflows: ['a step that throws no error'],
    of: 'official',
    rewriting: [[/Unknown error/g, 'a text']],
  },
];

/**
 * Where the official engine goes wrong as soon as a store takes real time to answer, so that what it leaves behind there
 * changes from run to run. What this engine leaves there is compared with what the official one leaves in memory.
 */
export const HASTY_WORKFLOWS: readonly { section: string; why: string; workflow: string }[] = [
  {
    section: '11.2 #12',
    why: 'It closes the condition a second time while the first answer is on its way, and is refused.',
    workflow: 'a condition that gives up',
  },
  {
    section: '11.2 #21',
    why: 'It counts the items that were under way by what has been recorded when the batch is rebuilt.',
    workflow: 'a map with a large result that has enough',
  },
];

export const RUNNER_DIFFERENCES: readonly RunnerDifference[] = [
  {
    why: 'It does not say of a payload that it is whole.',
    of: 'backends',
    rewriting: [[/,"Truncated":false/g, '']],
  },
  {
    why: 'It has no time limit of an execution.',
    of: 'backends',
    rewriting: [[/"ExecutionTimeout":\d+,/g, '']],
  },
  {
    why: 'It numbers attempts as they were before they ended.',
    of: 'both',
    rewriting: [[/"CurrentAttempt":\d+,?/g, '']],
  },
  {
    why: 'It does not say whom a chained invoke calls, and with what.',
    of: 'backends',
    rewriting: [
      [/(?<="ChainedInvokeStartedDetails":\{"FunctionName":)"[^"]*"/g, '""'],
      [/(?<="FunctionName":"","Input":\{"Payload":)"(\\.|[^"\\])*"/g, '""'],
    ],
  },
  {
    why: 'It shows an input of a callback, which has none.',
    of: 'runner',
    rewriting: [[/(?<="CallbackStartedDetails":\{.*)"Input":\{\},?/g, '']],
  },
  {
    why: 'It leaves out the empty details of some operations and events, and shows those of others.',
    of: 'both',
    rewriting: [
      [/"ContextDetails":\{\},/g, ''],
      [/"Result":\{\},?/g, ''],
    ],
  },
  {
    why: 'Its timeouts have a message, those of the service a type.',
    of: 'backends',
    rewriting: [
      [/,"ErrorType":"Callback\.(Timeout|Heartbeat)"/g, ''],
      [/"ErrorType":"Callback\.Timeout"/g, '"ErrorMessage":"Callback timed out"'],
      [/"ErrorType":"Callback\.Heartbeat"/g, '"ErrorMessage":"Callback timed out on heartbeat"'],
      [/Callback\.(Timeout|Heartbeat)(?=: )/g, 'Error'],
    ],
  },
];

/** A trace after rewriting. Members that lost all that followed them lose their comma too. */
export function rewritten(trace: Trace, differences: readonly { rewriting: Rewriting }[]): Trace {
  return trace.map((line) => {
    let text = line;
    for (const { rewriting } of differences) for (const [from, to] of rewriting) text = text.replace(from, to);
    return text.replaceAll(',}', '}');
  });
}
