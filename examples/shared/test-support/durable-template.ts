import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, sep } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Bundle, bundleFunctions } from '../deploy/bundle.ts';
import { functionsOf, readTemplate } from '../deploy/template.ts';
import { deploySection } from './deploy-section.ts';

/** Names that Lambda or a logger sets and reads by itself. */
const OF_THE_RUNTIME = /^(AWS_|_X_AMZN_)/;
/** Longest execution for which a caller can wait, in seconds. */
const LONGEST_SYNCHRONOUS = 900;

/** What a bundle's handler did with an event that is none of a durable execution. */
interface Loaded {
  type: string;
  message: string;
}

/** What a template has beside functions that keep their executions at Lambda and call each other. */
export interface BesideFunctions {
  /** What each durable function may do beyond its own executions and calls, in the order of its policy. */
  statements(): object[];
  /** Resources that are no functions, by logical id. */
  resources: Record<string, object>;
}

/** Tests of a `template.yaml` whose functions keep their executions at Lambda, of what it deploys, and of its README. */
export function describeDurableTemplate(folder: string, beside?: BesideFunctions): void {
  const name = basename(folder);
  const template = readTemplate(folder);
  const functions = functionsOf(template);
  const durable = functions.filter(({ DurableConfig }) => DurableConfig);

  jest.setTimeout(60_000);

  describe(`the template of ${name}`, () => {
    it('is one of SAM, on a Node that has durable functions', () => {
      expect(template.Transform).toBe('AWS::Serverless-2016-10-31');
      for (const { Runtime } of functions) expect(Runtime).toBe('nodejs24.x');
    });

    it('publishes each function under an alias, whose ARN is an output', () => {
      for (const { AutoPublishAlias } of functions) expect(AutoPublishAlias).toBe('live');
      const outputs = Object.entries(template.Outputs).map(([key, { Value }]) => [key, Value]);
      const aliases = functions.map(({ logicalId }) => [
        logicalId.replace(/Function$/, 'AliasArn'),
        { Ref: `${logicalId}.Alias` },
      ]);
      expect(outputs).toEqual(aliases);
    });

    it('bounds executions, what is kept of them, and invocations', () => {
      expect(durable.length).toBeGreaterThan(0);
      for (const { DurableConfig: { ExecutionTimeout = 0, RetentionPeriodInDays = 0 } = {}, Timeout = 0 } of durable) {
        expect(ExecutionTimeout).toBeGreaterThanOrEqual(Timeout);
        expect(ExecutionTimeout).toBeLessThanOrEqual(31_622_400);
        expect(RetentionPeriodInDays).toBeGreaterThanOrEqual(1);
        expect(RetentionPeriodInDays).toBeLessThanOrEqual(90);
        expect(Timeout).toBeGreaterThan(0);
        expect(Timeout).toBeLessThanOrEqual(900);
      }
    });

    it('allows what the functions do, and nothing more', () => {
      for (const { Policies = [], FunctionName, Environment, DurableConfig } of functions) {
        const others = Object.keys(beside?.resources ?? {});
        const called = Object.values(Environment?.Variables ?? {}).filter(
          (value) => typeof value === 'object' && !others.includes((value as { Ref: string }).Ref),
        );
        const expected = [
          ...(DurableConfig ? [ownExecutions((FunctionName as { 'Fn::Sub': string })['Fn::Sub'])] : []),
          ...called.map((Resource) => ({ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource })),
          ...(DurableConfig ? (beside?.statements() ?? []) : []),
        ];
        expect(Policies).toEqual(expected.length > 0 ? [{ Version: '2012-10-17', Statement: expected }] : []);
      }
    });
  });

  it(`the template of ${name} has nothing else than what it needs`, () => {
    const functionIds = functions.map(({ logicalId }) => logicalId);
    const others = Object.entries(template.Resources).filter(([logicalId]) => !functionIds.includes(logicalId));
    expect(Object.fromEntries(others)).toEqual(beside?.resources ?? {});
  });

  describe(`the bundles of ${name}`, () => {
    let into: string;
    let bundles: Bundle[];
    beforeAll(async () => {
      into = mkdtempSync(join(tmpdir(), 'bundles-'));
      bundles = await bundleFunctions(folder, into);
    });
    afterAll(() => rmSync(into, { recursive: true }));

    it.each(functions)('$logicalId has its handler, durable or not as the template says', async (of) => {
      const file = join(into, of.CodeUri, `${of.module}.mjs`);
      const { type, message } = await loaded(file, of.exportName);
      expect(type).toBe('function');
      if (of.DurableConfig) expect(message).toMatch(/durab/);
      else expect(message).not.toMatch(/durab/);
    });

    it.each(functions)('$logicalId reads the variables that the template sets, and no others', (of) => {
      const { sources = [] } = bundles.find(({ logicalId }) => logicalId === of.logicalId) ?? {};
      const examples = join(folder, '..', sep);
      const texts = sources.filter((file) => file.startsWith(examples)).map((file) => readFileSync(file, 'utf8'));
      expect(texts.length).toBeGreaterThan(0);
      const read = new Set(texts.flatMap(variablesOf).filter((variable) => !OF_THE_RUNTIME.test(variable)));
      expect([...read].sort()).toEqual(Object.keys(of.Environment?.Variables ?? {}).sort());
    });
  });

  describe(`the README of ${name} on its deployment`, () => {
    const section = deploySection(folder);

    it('bundles, deploys and deletes this example, as one stack', () => {
      expect(section.commands).toContain(`npm run bundle -w examples/${name}`);
      const deploy = section.command('sam deploy');
      expect(deploy.option('template-file')).toBe(`examples/${name}/template.yaml`);
      expect(deploy.option('capabilities')).toBe('CAPABILITY_IAM');
      expect(deploy.text).toContain('--resolve-s3');
      expect(section.command('sam delete').option('stack-name')).toBe(name);
      expect(section.values('stack-name')).toEqual([name]);
    });

    it('invokes by an alias that is an output, with a name, and waits only where it can', () => {
      const aliases = durable.map(({ logicalId }) => logicalId.replace(/Function$/, 'AliasArn'));
      expect(section.outputs).toEqual(aliases);
      const invoke = section.command('aws lambda invoke');
      expect(invoke.option('durable-execution-name')).toMatch(/^[\w-]{1,64}$/);
      expect(JSON.parse(invoke.option('payload') ?? '')).toBeInstanceOf(Object);
      const waits = durable.every(
        ({ DurableConfig }) => Number(DurableConfig?.ExecutionTimeout) <= LONGEST_SYNCHRONOUS,
      );
      if (!waits) expect(invoke.option('invocation-type')).toBe('Event');
    });

    it('shows how to look at the execution, and names nothing that was not set before', () => {
      section.command('aws lambda get-durable-execution-history');
      const used = [...new Set([...section.text.matchAll(/"\$([A-Z_]+)"/g)].map(([, variable]) => variable))];
      expect(used.length).toBeGreaterThan(1);
      for (const variable of used) {
        const isSet = section.text.indexOf(`${variable}=`);
        expect(isSet).toBeGreaterThanOrEqual(0);
        expect(isSet).toBeLessThan(section.text.indexOf(`"$${variable}"`));
      }
    });
  });
}

function ownExecutions(functionName: string): object {
  return {
    Effect: 'Allow',
    Action: ['lambda:CheckpointDurableExecution', 'lambda:GetDurableExecutionState'],
    Resource: {
      'Fn::Sub': `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:${functionName}:*`,
    },
  };
}

/** Loads a bundle in a process of its own, far from any installed package, and invokes it. */
async function loaded(file: string, exportName: string): Promise<Loaded> {
  const script = `
    const { ${exportName}: handler } = await import(${JSON.stringify(file)});
    const message = await Promise.resolve().then(() => handler({}, {})).then(String, (error) => error.message);
    console.log(JSON.stringify({ type: typeof handler, message }));`;
  const options = ['--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, options, { cwd: tmpdir() });
  return JSON.parse(stdout);
}

/** Names of the environment variables that a source reads. */
function variablesOf(source: string): string[] {
  const direct = [...source.matchAll(/process\.env\.(\w+)/g)].map(([, name = '']) => name);
  const picked = [...source.matchAll(/\{([^{}]*)\} = process\.env\b/g)].flatMap(([, names = '']) =>
    [...names.matchAll(/(?:^|,)\s*(\w+)/g)].map(([, name = '']) => name),
  );
  const byConstant = [...source.matchAll(/process\.env\[(\w+)\]/g)].map(([, constant]) => {
    return new RegExp(`const ${constant} = '(\\w+)'`).exec(source)?.[1] ?? `the value of ${constant}`;
  });
  return [...direct, ...picked, ...byConstant];
}
