import type { Check } from '@middy-durable-examples/shared/run-example.ts';
import type { ShownInvocation } from '@middy-durable-examples/shared/show/shown-invocations.ts';
import { onStage, type Stage } from '@middy-durable-examples/shared/stage.ts';

const INPUT = { values: [10, 20, 30, 40, 50] };
/** Byte for byte. */
const ANSWER = JSON.stringify({
  statusCode: 200,
  body: JSON.stringify({
    message: 'Durable orchestration completed successfully',
    input_values: [10, 20, 30, 40, 50],
    processing_result: { operation: 'sum_and_average', count: 5, sum: 150, average: 30, max: 50, min: 10 },
  }),
});

/** Values that are worked on, though the orchestrator is killed; and some that nobody can work on. */
export async function tellStory(signal: AbortSignal): Promise<Check[]> {
  process.env.PROCESSOR_FUNCTION = 'processor';
  const options = {
    functionName: 'orchestrator',
    handler: new URL('orchestrator.ts', import.meta.url),
    calls: { processor: { module: new URL('processor.ts', import.meta.url), durable: false } },
    killAtOnce: onceTheProcessorHasAnswered(),
    signal,
  };
  return onStage(options, playRun);
}

function onceTheProcessorHasAnswered(): (invocation: ShownInvocation) => string | undefined {
  let killed = false;
  return ({ replayed }) => {
    if (killed || !replayed.includes('process-values')) return undefined;
    killed = true;
    return 'the processor has answered, the orchestrator has not';
  };
}

async function playRun(stage: Stage): Promise<Check[]> {
  const { arn } = await stage.start('run-1', INPUT);
  const good = await stage.end(arn);
  await stage.printTimeline(arn);
  const invocations = [...stage.invocations.all];

  const empty = await stage.start('run-2', { values: [] });
  const bad = await stage.end(empty.arn);
  console.log();

  const of = (name: string): ShownInvocation[] => invocations.filter(({ functionName }) => functionName === name);
  const last = of('orchestrator').at(-1);
  const outcomes = of('orchestrator').map(({ outcome }) => outcome);
  return [
    { what: 'the answer is right, byte for byte', holds: good.Status === 'SUCCEEDED' && good.Result === ANSWER },
    { what: 'the orchestrator was killed, and resumed', holds: outcomes.join() === 'PENDING,DIED,SUCCEEDED' },
    {
      what: 'it went on with the stored result',
      holds: last?.replayed.join() === 'validate-input,process-values' && last.ran.length === 0,
    },
    { what: 'the processor was invoked once', holds: of('processor').length === 1 },
    {
      what: 'no values are refused with 400, and the processor is not asked',
      holds: bad.Result?.startsWith('{"statusCode":400,') === true && stage.invocations.all.length === 5,
    },
  ];
}
