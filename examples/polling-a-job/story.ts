import type { Check } from '@middy-durable-examples/shared/run-example.ts';
import { onStage, type Stage } from '@middy-durable-examples/shared/stage.ts';
import { planJobs, readRequests } from './outside/jobs.ts';

/** One job that is done at the third look, and one that takes longer than anybody wants to wait. */
export async function tellStory(signal: AbortSignal): Promise<Check[]> {
  return onStage({ functionName: 'conversions', handler: new URL('convert.ts', import.meta.url), signal }, playJobs);
}

interface Outcome {
  status?: string;
  looks: number;
  seconds: number;
}

async function playJobs(stage: Stage): Promise<Check[]> {
  const convert = async (name: string, video: string, patience: number): Promise<Outcome> => {
    const { arn } = await stage.start(name, { video, patience });
    const { Result = '{}', StartTimestamp, EndTimestamp } = await stage.end(arn);
    await stage.printTimeline(arn);
    const looks = readRequests().filter(({ id, outcome }) => id === `job-${video}` && outcome === 'looked at').length;
    return { ...JSON.parse(Result), looks, seconds: (Number(EndTimestamp) - Number(StartTimestamp)) / 1000 };
  };

  planJobs({ looks: 3 });
  const quick = await convert('conversion-1', 'holiday.mov', 600);
  planJobs({ looks: 1_000 });
  const slow = await convert('conversion-2', 'wedding.mov', 2);

  const cancelled = readRequests().filter(({ outcome }) => outcome === 'cancelled');
  const ids = cancelled.map(({ id }) => id).join();
  return [
    { what: `the first job was done at look ${quick.looks}`, holds: quick.status === 'done' && quick.looks === 3 },
    { what: 'between the looks no process was there', holds: suspensions(stage) === quick.looks + slow.looks - 2 },
    { what: `the second job was given up after ${slow.looks} looks`, holds: slow.looks > 1 && slow.seconds >= 2 },
    { what: 'and cancelled, once', holds: slow.status === 'cancelled' && ids === 'job-wedding.mov' },
  ];
}

function suspensions({ invocations }: Stage): number {
  return invocations.all.filter(({ outcome }) => outcome === 'PENDING').length;
}
