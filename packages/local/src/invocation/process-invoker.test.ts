import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DurableExecutionClient } from '@middy-durable/protocol';
import { InvalidParameterValueException } from '@middy-durable/protocol';
import type { InvocationNotice, OutputLine, ProcessInvokerOptions } from './invoker-options.ts';
import { processInvoker } from './process-invoker.ts';

const HANDLERS = `
import { spawn } from 'node:child_process';
export const echo = async (event) => event;
export const context = async (event, context) => ({ ...context, remaining: context.getRemainingTimeInMillis() });
export const throws = async () => { throw Object.assign(new TypeError('no such order'), { code: 7 }); };
export const throwsText = async () => { throw 'just text'; };
export const exits = async (event) => process.exit(event.code);
export const killed = async () => process.kill(process.pid, 'SIGKILL');
export const hangs = async () => { for (;;); };
export const waits = async () => { console.log('at work'); await new Promise((resolve) => setTimeout(resolve, 600_000)); };
export const leavesTimers = async () => { setInterval(() => {}, 10); return 'done'; };
export const logs = async (event) => { console.log('out', event.id); console.error('err\\nunfinished ' + 'x'.repeat(100_000)); process.stdout.write('last'); };
export const circular = async () => { const value = {}; value.self = value; return value; };
export const nothing = async () => {};
export const rejectsBeside = async () => { Promise.reject(new RangeError('nobody listens')); await new Promise(() => {}); };
export const throwsBeside = async () => { setTimeout(() => { throw new RangeError('loose'); }); await new Promise(() => {}); };
let calls = 0;
export const counts = async () => ({ pid: process.pid, calls: ++calls });
export const environment = async () => ({ added: process.env.ADDED, removed: process.env.REMOVED, options: process.execArgv });
export const describesEvent = async (event) => ({
  className: event.constructor.name, tag: Object.prototype.toString.call(event), has: 'durableExecutionClient' in event,
  keys: Object.keys(event), limits: event.durableExecutionClient?.limits,
});
export const calls2 = async (event) => {
  const { durableExecutionClient: client, DurableExecutionArn, CheckpointToken } = event;
  const state = await client.getExecutionState({ DurableExecutionArn, CheckpointToken, MaxItems: 5 });
  try {
    await client.checkpoint({ DurableExecutionArn, CheckpointToken: 'stale', Updates: [] });
  } catch (error) {
    return { state, isError: error instanceof Error, name: error.name, message: error.message, status: error.$metadata.httpStatusCode, fault: error.$fault };
  }
};
export const notAFunction = 5;
export const functions = { ordinary: { handler: async (event, { tenantId }) => ({ event, tenantId }) } };
export const disconnects = async () => { process.disconnect(); await new Promise(() => {}); };
export const blocksExit = async () => { process.on('exit', () => { for (;;); }); return 'answered'; };
export const leavesProcess = async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit', detached: true });
  return child.pid;
};
export const callsAnything = async () => new Promise((resolve) => {
  process.on('message', (message) => message.type === 'reply' && resolve(message.error.message));
  process.send({ type: 'call', call: 1, method: 'constructor', request: '{}' });
});
`;

const ENVELOPE = {
  DurableExecutionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:orders:$LATEST/durable-execution/n/i',
  CheckpointToken: 'dG9rZW4=',
  InitialExecutionState: { Operations: [], NextMarker: '' },
  UpdatedOperationIds: ['a'],
  InvocationCount: 3,
};

describe('processInvoker', () => {
  let dir: string;
  let module: string;
  let requests = 0;

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'process-invoker-'));
    module = join(dir, 'handlers.mjs');
    writeFileSync(module, HANDLERS);
    writeFileSync(join(dir, 'syntax.mjs'), 'export const handler = async () => {');
    writeFileSync(join(dir, 'fails.mjs'), "throw new Error('no configuration');");
    writeFileSync(join(dir, 'default-export.mjs'), "export const handler = async () => 'from handler';");
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  function setUp(exportName: string, options: Partial<ProcessInvokerOptions> = {}) {
    const lines: OutputLine[] = [];
    const notices: InvocationNotice[] = [];
    const invoker = processInvoker({
      handlers: { f: [module, exportName] },
      onOutput: (line) => lines.push(line),
      onInvocation: (notice) => notices.push(notice),
      ...options,
    });
    const invoke = (event: unknown = null, call: { deadline?: number; signal?: AbortSignal } = {}): Promise<any> =>
      invoker('f', event, { requestId: `request-${++requests}`, ...call });
    return { invoker, invoke, lines, notices };
  }

  const failure = async (running: Promise<unknown>): Promise<any> =>
    running.then(
      () => 'no failure',
      (error) => error,
    );
  const isRunning = (pid: number | undefined): boolean => {
    try {
      return process.kill(pid as number, 0);
    } catch {
      return false;
    }
  };

  it('resolves to the output, in a process that is gone by then', async () => {
    const { invoke, notices } = setUp('echo');
    expect(await invoke({ order: 1 })).toEqual({ order: 1 });
    expect(notices.map(({ phase }) => phase)).toEqual(['started', 'ended']);
    expect(notices[0]?.pid).not.toBe(process.pid);
    expect(isRunning(notices[0]?.pid)).toBe(false);
  });

  it('resolves to null for a handler that returns nothing', async () => {
    expect(await setUp('nothing').invoke()).toBeNull();
  });

  it('carries 5 MB there and back', async () => {
    const text = 'é'.repeat(2_500_000);
    expect((await setUp('echo').invoke({ text })).text).toBe(text);
  });

  it('takes an export of an export, and more about a function than its module', async () => {
    const invoker = processInvoker({
      handlers: {
        nested: { module, export: 'functions.ordinary.handler', durable: false },
        durable: { module, export: 'echo', executionTimeout: 60 },
        plain: module,
      },
    });
    expect(invoker.functions).toEqual({
      nested: { durable: false },
      durable: { durable: true, executionTimeout: 60 },
      plain: { durable: true },
    });
    expect(await invoker('nested', 1, { requestId: 'r', tenantId: 'blue' })).toEqual({ event: 1, tenantId: 'blue' });
    expect(await invoker('durable', 2, { requestId: 's' })).toBe(2);
  });

  it('takes modules by path and by URL, and the export "handler" by default', async () => {
    const file = join(dir, 'default-export.mjs');
    const invoker = processInvoker({
      handlers: { path: file, url: pathToFileURL(file), text: pathToFileURL(file).href },
      onOutput: () => {},
    });
    for (const name of ['path', 'url', 'text']) {
      expect(await invoker(name, {}, { requestId: name })).toBe('from handler');
    }
  });

  it('gives the handler a Lambda context', async () => {
    const deadline = Date.now() + 60_000;
    const context = await setUp('context', { memoryLimitInMB: 256 }).invoke(ENVELOPE, { deadline });
    expect(context).toMatchObject({
      awsRequestId: `request-${requests}`,
      functionName: 'f',
      functionVersion: '$LATEST',
      invokedFunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:f:$LATEST',
      memoryLimitInMB: '256',
      logGroupName: '/aws/lambda/f',
      logStreamName: expect.stringContaining('[$LATEST]'),
      callbackWaitsForEmptyEventLoop: true,
    });
    expect(context.remaining).toBeGreaterThan(0);
    expect(context.remaining).toBeLessThanOrEqual(60_000);
  });

  it('fails with the error of the handler', async () => {
    const { invoke, notices } = setUp('throws');
    const error = await failure(invoke());
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'TypeError', errorType: 'TypeError', errorMessage: 'no such order' });
    expect(error.stackTrace[0]).toBe('TypeError: no such order');
    expect(error.stackTrace[1]).toContain('handlers.mjs');
    expect(notices.at(-1)).toMatchObject({ phase: 'ended', error });
  });

  it('fails with what else the handler threw', async () => {
    expect(await failure(setUp('throwsText').invoke())).toMatchObject({
      errorType: 'string',
      errorMessage: 'just text',
      stackTrace: [],
    });
  });

  it.each([
    ['circular', 'Runtime.MarshalError', "The handler's output is not JSON"],
    ['rejectsBeside', 'Runtime.UnhandledPromiseRejection', 'RangeError: nobody listens'],
    ['throwsBeside', 'RangeError', 'loose'],
    ['missing', 'Runtime.HandlerNotFound', "has no export 'missing'"],
    ['functions.ordinary.constructor', 'Runtime.HandlerNotFound', "has no export 'functions.ordinary.constructor'"],
    ['notAFunction.handler', 'Runtime.HandlerNotFound', "has no export 'notAFunction.handler'"],
    ['notAFunction', 'Runtime.HandlerNotFunction', "Export 'notAFunction'"],
  ])('fails for %s with %s', async (exportName, errorType, message) => {
    const error = await failure(setUp(exportName).invoke());
    expect(error.errorType).toBe(errorType);
    expect(error.errorMessage).toContain(message);
  });

  it.each([
    ['syntax.mjs', 'Runtime.UserCodeSyntaxError', 'syntax.mjs did not load'],
    ['fails.mjs', 'Runtime.ImportModuleError', 'no configuration'],
    ['nowhere.mjs', 'Runtime.ImportModuleError', 'Cannot find module'],
  ])('fails for the module %s with %s', async (file, errorType, message) => {
    const error = await failure(setUp('', { handlers: { f: join(dir, file) } }).invoke());
    expect(error.errorType).toBe(errorType);
    expect(error.errorMessage).toContain(message);
  });

  it.each([
    ['exits', { code: 3 }, 'exit status 3'],
    ['exits', { code: 0 }, 'without providing a reason'],
    ['killed', {}, 'signal: SIGKILL'],
  ])('fails when the process %s %j', async (exportName, event, reason) => {
    const error = await failure(setUp(exportName).invoke(event));
    expect(error.errorType).toBe('Runtime.ExitError');
    expect(error.errorMessage).toContain(`RequestId: request-${requests} Error: Runtime exited`);
    expect(error.errorMessage).toContain(reason);
  });

  it('fails when somebody else kills the process', async () => {
    const { invoke } = setUp('waits', { onOutput: ({ pid }) => process.kill(pid as number, 'SIGKILL') });
    expect(await failure(invoke())).toMatchObject({ errorType: 'Runtime.ExitError' });
  });

  it('ends a handler that hangs at the deadline', async () => {
    const { invoke, notices } = setUp('hangs');
    const error = await failure(invoke({}, { deadline: Date.now() + 300 }));
    expect(error.errorType).toBe('Sandbox.Timedout');
    expect(error.errorMessage).toMatch(
      new RegExp(`^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z request-${requests} Task timed out after \\d+\\.\\d\\d seconds$`),
    );
    expect(isRunning(notices[0]?.pid)).toBe(false);
  });

  it('ends a handler that hangs after timeoutSeconds', async () => {
    const { invoke } = setUp('hangs', { timeoutSeconds: 0.2 });
    expect(await failure(invoke())).toMatchObject({ errorType: 'Sandbox.Timedout' });
  });

  it('kills the process when the signal aborts', async () => {
    const abort = new AbortController();
    const { invoke, notices } = setUp('waits', { onOutput: () => abort.abort(new Error('no more of this')) });
    expect((await failure(invoke({}, { signal: abort.signal }))).message).toBe('no more of this');
    expect(isRunning(notices[0]?.pid)).toBe(false);
  });

  it('starts nothing for a signal that has aborted', async () => {
    const { invoke, notices } = setUp('echo');
    expect((await failure(invoke({}, { signal: AbortSignal.abort(new Error('too late')) }))).message).toBe('too late');
    expect(notices).toEqual([]);
  });

  it('ends the process of a handler that left timers', async () => {
    const { invoke, notices } = setUp('leavesTimers');
    expect(await invoke()).toBe('done');
    expect(isRunning(notices[0]?.pid)).toBe(false);
  });

  it('ends the process of a handler whose module does not let it end', async () => {
    const { invoke, notices } = setUp('blocksExit');
    expect(await invoke()).toBe('answered');
    expect(isRunning(notices[0]?.pid)).toBe(false);
  });

  it('does not wait for a process that the handler left behind', async () => {
    const pid = await setUp('leavesProcess').invoke();
    expect(isRunning(pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
  });

  it('ends a handler that nobody listens to any more', async () => {
    expect(await failure(setUp('disconnects').invoke())).toMatchObject({ errorType: 'Runtime.ExitError' });
  });

  it.each([
    ['without a client', {}],
    ['with a client', { client: {} as DurableExecutionClient }],
  ])('answers no other call than those of a client, %s', async (_, options) => {
    expect(await setUp('callsAnything', options).invoke()).toBe("This process answers no call 'constructor'.");
  });

  it('hands out whole lines, the last one too, before it resolves', async () => {
    const { invoke, lines } = setUp('logs');
    await invoke({ id: 7 });
    const texts = (stream: string) => lines.filter((line) => line.stream === stream).map(({ line }) => line);
    expect(texts('stdout')).toEqual(['out 7', 'last']);
    expect(texts('stderr')).toEqual(['err', `unfinished ${'x'.repeat(100_000)}`]);
    expect(lines[0]).toMatchObject({ functionName: 'f', requestId: `request-${requests}` });
  });

  it('passes environment and options on', async () => {
    process.env.REMOVED = 'here';
    const { invoke } = setUp('environment', {
      env: { ADDED: 'yes', REMOVED: undefined },
      execArgv: ['--stack-trace-limit=25'],
    });
    const { added, removed, options } = await invoke();
    delete process.env.REMOVED;
    expect({ added, removed }).toEqual({ added: 'yes', removed: undefined });
    expect(options).toContain('--stack-trace-limit=25');
  });

  it('names the functions it knows when asked for another', async () => {
    const invoker = processInvoker({ handlers: { orders: module, mail: module } });
    for (const name of ['toString', 'other']) {
      const error = await failure(invoker(name, {}, { requestId: 'r' }));
      expect(error.name).toBe('ResourceNotFoundException');
      expect(error.message).toBe(`Function not found: ${name}. This invoker has handlers for: orders, mail.`);
    }
  });

  it('refuses options that make no sense', () => {
    expect(() => processInvoker({ handlers: {}, timeoutSeconds: 0 })).toThrow('timeoutSeconds is 0');
    expect(() => processInvoker({ handlers: {}, timeoutSeconds: Number.NaN })).toThrow('timeoutSeconds is NaN');
    expect(() => processInvoker({ handlers: {}, store: 'a.db', client: {} as DurableExecutionClient })).toThrow(
      "either 'store' or 'client'",
    );
  });

  it.each<[string, Partial<ProcessInvokerOptions>]>([
    ['no such program', { execPath: '/no/such/node' }],
    ['too large an environment', { env: { LARGE: 'x'.repeat(200_000) } }],
  ])('reports a process that could not be started: %s', async (_, options) => {
    const error = await failure(setUp('echo', options).invoke());
    expect(error.errorType).toBe('Runtime.InvalidEntrypoint');
    expect(error.errorMessage).toContain('The process for the handler could not be started: spawn');
  });

  describe('with a client in this process', () => {
    const requestsSeen: unknown[] = [];
    const client: DurableExecutionClient = {
      limits: { maxUpdates: 10 },
      checkpoint: async () => {
        throw new InvalidParameterValueException('Invalid checkpoint token');
      },
      getExecutionState: async (request) => {
        requestsSeen.push(request);
        return { Operations: [{ Id: '1', Type: 'STEP', Status: 'STARTED', StartTimestamp: 5 }] };
      },
    };

    it('puts it into the envelope, as engines look for it', async () => {
      expect(await setUp('describesEvent', { client }).invoke(ENVELOPE)).toEqual({
        className: 'DurableExecutionInvocationInputWithClient',
        tag: '[object DurableExecutionInvocationInputWithClient]',
        has: true,
        keys: Object.keys(ENVELOPE),
        limits: { maxUpdates: 10 },
      });
    });

    it('leaves an ordinary event as it is', async () => {
      expect(await setUp('describesEvent', { client }).invoke({ order: 1 })).toEqual({
        className: 'Object',
        tag: '[object Object]',
        has: false,
        keys: ['order'],
      });
    });

    it('answers its calls; errors keep name, message, fault and status', async () => {
      expect(await setUp('calls2', { client }).invoke(ENVELOPE)).toEqual({
        state: { Operations: [{ Id: '1', Type: 'STEP', Status: 'STARTED', StartTimestamp: 5 }] },
        isError: true,
        name: 'InvalidParameterValueException',
        message: 'Invalid checkpoint token',
        status: 400,
        fault: 'client',
      });
      const { DurableExecutionArn, CheckpointToken } = ENVELOPE;
      expect(requestsSeen).toEqual([{ DurableExecutionArn, CheckpointToken, MaxItems: 5 }]);
    });
  });

  it('leaves the envelope without a client when there is neither store nor client', async () => {
    expect(await setUp('describesEvent').invoke(ENVELOPE)).toMatchObject({ className: 'Object', has: false });
  });

  describe('keepWarm', () => {
    it('keeps one process with the state of its module, and replaces it when it died', async () => {
      const { invoke, invoker } = setUp('counts', { keepWarm: true });
      const first = await invoke();
      expect(await invoke()).toEqual({ pid: first.pid, calls: 2 });
      process.kill(first.pid, 'SIGKILL');
      while (isRunning(first.pid)) await new Promise((resolve) => setTimeout(resolve, 5));
      const next = await invoke().catch(() => invoke());
      expect(next.pid).not.toBe(first.pid);
      expect(next.calls).toBe(1);
      await invoker.close();
      expect(isRunning(next.pid)).toBe(false);
    });

    it('starts another process while the first one is at work', async () => {
      const { invoke, invoker } = setUp('counts', { keepWarm: true });
      const [one, two] = await Promise.all([invoke(), invoke()]);
      expect(one.pid).not.toBe(two.pid);
      await invoker.close();
    });

    it('does not use a process again in which code broke loose', async () => {
      const { invoke, notices } = setUp('rejectsBeside', { keepWarm: true });
      await failure(invoke());
      expect(isRunning(notices[0]?.pid)).toBe(false);
    });
  });

  it('close kills what is at work', async () => {
    let atWork: () => void = () => {};
    const started = new Promise<void>((resolve) => {
      atWork = resolve;
    });
    const { invoke, invoker, notices } = setUp('waits', { onOutput: () => atWork() });
    const running = failure(invoke());
    await started;
    await invoker.close();
    expect(await running).toMatchObject({ errorType: 'Runtime.ExitError' });
    expect(isRunning(notices[0]?.pid)).toBe(false);
  });

  it.each([false, true])('leaves nothing that keeps a process from ending (keepWarm: %s)', async (keepWarm) => {
    // Its own process: the test runner's timers and pipes come and go.
    const script = join(dir, `parent-${keepWarm}.mjs`);
    writeFileSync(
      script,
      `import { processInvoker } from ${JSON.stringify(new URL('./process-invoker.ts', import.meta.url).href)};
      const module = ${JSON.stringify(module)};
      const invoke = processInvoker({
        keepWarm: ${keepWarm},
        handlers: { echo: [module, 'echo'], killed: [module, 'killed'], hangs: [module, 'hangs'] },
        onOutput: () => {},
      });
      // Opened at their first use, and open from then on.
      const own = [process.stdout, process.stderr];
      const before = process.getActiveResourcesInfo().sort();
      await invoke('echo', 1, { requestId: 'a' });
      const ends = [
        await invoke('killed', 1, { requestId: 'b' }).catch((error) => error.errorType),
        await invoke('hangs', 1, { requestId: 'c', deadline: Date.now() + 100 }).catch((error) => error.errorType),
      ];
      // Node closes the handles of an ended process in the turns after its end.
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
      console.log(JSON.stringify({ before, after: process.getActiveResourcesInfo().sort(), ends }));`,
    );
    const parent = promisify(execFile)(process.execPath, ['--conditions=@middy-durable/source', script]);
    const { before, after, ends } = JSON.parse((await parent).stdout);
    expect(ends).toEqual(['Runtime.ExitError', 'Sandbox.Timedout']);
    expect(after).toEqual(before);
  });
});
