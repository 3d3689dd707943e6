import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { DurableRun } from '../../../../test/support/durable-run.ts';
import { nativeStatus } from './native-status.ts';
import { executionOwner, LAMBDA_PLACE, parseOwner } from './owner.ts';
import { ownerStatus } from './owner-status.ts';

const ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:orders:1/durable-execution/a/b';

afterEach(() => {
  delete process.env.AWS_REGION;
  jest.restoreAllMocks();
});

const failure = (name: string) => Object.assign(new Error(name), { name });
const client = (answer: object | Error) => ({
  sent: [] as { input: object }[],
  async send(command: never): Promise<unknown> {
    this.sent.push(command);
    if (answer instanceof Error) throw answer;
    return answer;
  },
});

describe('an owner', () => {
  it('is written and read back', () => {
    for (const place of [undefined, 'lambda', 'sqlite:/a b/ü.db', '-x']) {
      for (const step of [undefined, 'x_12']) {
        expect(parseOwner(executionOwner({ place, arn: ARN, step }))).toEqual({ place, arn: ARN, step });
      }
    }
  });

  it.each([undefined, '', 'call 7', 'execution', 'execution lambda'])('is no execution: %p', (owner) => {
    expect(parseOwner(owner)).toBeUndefined();
  });

  it('is of no known place where that can not be read', () => {
    expect(parseOwner(`execution %E0%A4%A ${ARN}`)).toEqual({ place: undefined, arn: ARN, step: undefined });
  });
});

describe('the status of an execution on Lambda', () => {
  it.each([
    ['RUNNING', 'running'],
    ['SUCCEEDED', 'ended'],
    ['FAILED', 'ended'],
    ['TIMED_OUT', 'ended'],
    ['STOPPED', 'ended'],
  ])('%s: %s', async (Status, status) => {
    const lambda = client({ Status });
    expect(await nativeStatus(ARN, lambda)).toBe(status);
    expect(lambda.sent[0]?.input).toEqual({ DurableExecutionArn: ARN });
  });

  it('is unknown from an answer that says nothing', async () => {
    expect(await nativeStatus(ARN, client({}))).toBe('unknown');
  });

  it('has ended when it is not there any more; everything else is a failure to ask', async () => {
    expect(await nativeStatus(ARN, client(failure('ResourceNotFoundException')))).toBe('ended');
    await expect(nativeStatus(ARN, client(failure('AccessDeniedException')))).rejects.toThrow('AccessDenied');
  });

  it('is not asked for in another region', async () => {
    process.env.AWS_REGION = 'us-east-1';
    expect(await nativeStatus(ARN, undefined)).toBe('unknown');
    const gone = client(failure('ResourceNotFoundException'));
    for (const region of ['us-east-1', async () => 'us-east-1']) {
      expect(await nativeStatus(ARN, { ...gone, config: { region } })).toBe('unknown');
    }
    expect(gone.sent).toEqual([]);
    for (const config of [{ region: async () => 'eu-west-1' }, { region: 'local', isCustomEndpoint: true }]) {
      expect(await nativeStatus(ARN, { ...gone, config })).toBe('ended');
    }
  });
});

describe('who is asked', () => {
  const owner = executionOwner({ place: LAMBDA_PLACE, arn: ARN });

  it('nobody about calls, about records of Powertools, and about places that nobody knows', async () => {
    expect(await ownerStatus(undefined, {})).toBe('unknown');
    expect(await ownerStatus('call 1', {})).toBe('unknown');
    expect(await ownerStatus(executionOwner({ place: undefined, arn: ARN }), {})).toBe('unknown');
    expect(await ownerStatus(executionOwner({ place: 'dynamodb:other', arn: ARN }), {})).toBe('unknown');
  });

  it('a backend about what it keeps, and not about other places', async () => {
    const get = jest.fn(async () => ({ Status: 'STOPPED' }));
    const backend = { place: 'dynamodb:orders', executions: { get } } as never;
    expect(await ownerStatus(executionOwner({ place: 'dynamodb:orders', arn: ARN }), { backend })).toBe('ended');
    expect(await ownerStatus(executionOwner({ place: 'dynamodb:other', arn: ARN }), { backend })).toBe('unknown');
    expect(get).toHaveBeenCalledTimes(1);
  });

  it('the function that was given, before all others; what it throws is unknown and a warning, once', async () => {
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
    expect(await ownerStatus(owner, { ownerStatus: async () => 'ended' })).toBe('ended');
    const failing = { ownerStatus: () => Promise.reject(failure('Throttled')) };
    expect(await ownerStatus(owner, failing)).toBe('unknown');
    expect(await ownerStatus(owner, failing)).toBe('unknown');
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('nobody in a run whose transport alone is known', async () => {
    const run = new DurableRun((context) =>
      context.step('ask', () => ownerStatus(executionOwner({ place: 'process:1', arn: ARN }), {})),
    );
    expect(await run.result()).toBe('unknown');
  });
});
