import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { tableDefinition } from '@middy-durable/dynamodb';
import { dynamoDBResources } from '@middy-durable/dynamodb/resources';
import { type DynamoDBServer, startDynamoDB } from '../../../test/support/dynamodb-engines.ts';
import { bundleFunctions } from '../deploy/bundle.ts';
import { functionsOf, readTemplate, type TemplateFunction } from '../deploy/template.ts';
import { deploySection } from './deploy-section.ts';

export interface TableTemplate {
  /** What the function's name ends with. */
  functionName: string;
  /** Events one after the other, and what the bundle answers. `first` is a script of the folder with its arguments, and its output. */
  plays: { what: string; event: object; answer: object; first?: { script: string[]; prints: string } }[];
}

/** Tests of a `template.yaml` whose function keeps its executions in a table, of what it deploys, and of its README. */
export function describeTableTemplate(folder: string, { functionName, plays }: TableTemplate): void {
  const name = basename(folder);
  const template = readTemplate(folder);
  const functions = functionsOf(template);
  const [own, wakeUp] = functions as [TemplateFunction, TemplateFunction];
  const fullName = { 'Fn::Sub': `\${AWS::StackName}-${functionName}` };

  jest.setTimeout(60_000);

  describe(`the template of ${name}`, () => {
    it('has what dynamoDBResources() gives for its function, and outputs of its own besides', () => {
      const { Resources, Outputs } = dynamoDBResources({ functions: [fullName], wakeUp: { code: 'dist/wake-up' } });
      expect(template.Transform).toBe('AWS::Serverless-2016-10-31');
      expect(partOf(template.Resources, Resources)).toEqual(Resources);
      expect(partOf(template.Outputs, Outputs)).toEqual(Outputs);
    });

    it('tells the function its table and the wake-up function, under the name by which that invokes it', () => {
      expect(functions).toHaveLength(2);
      expect(own).toMatchObject({ FunctionName: fullName, Policies: [{ Ref: 'DurableFunctionPolicy' }] });
      expect(own.Environment?.Variables).toEqual({
        TABLE_NAME: { Ref: 'DurableTable' },
        DURABLE_WAKE_UP_FUNCTION: { Ref: 'DurableWakeUpFunction' },
        MIDDY_DURABLE_EXAMPLES_OUTSIDE: '/tmp/outside',
      });
      expect(wakeUp.logicalId).toBe('DurableWakeUpFunction');
    });

    it('lets queues read which messages failed, and hides a message longer than the function may take', () => {
      const sources = Object.values(own.Events ?? {}).filter(({ Type }) => Type === 'SQS');
      for (const { Properties } of sources)
        expect(Properties.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
      const queues = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::SQS::Queue');
      const hidden = queues.flatMap(
        ({ Properties }) => (Properties as { VisibilityTimeout?: number }).VisibilityTimeout ?? [],
      );
      expect(hidden).toEqual(sources.map(() => 6 * Number(own.Timeout)));
    });
  });

  describe(`the bundles of ${name}`, () => {
    let into: string;
    let engine: DynamoDBServer;
    let environment: NodeJS.ProcessEnv;
    beforeAll(async () => {
      into = mkdtempSync(join(tmpdir(), 'bundles-'));
      await bundleFunctions(folder, into);
      engine = await startDynamoDB('dynalite');
      environment = {
        TABLE_NAME: await engine.createTable(tableDefinition),
        MIDDY_DURABLE_EXAMPLES_OUTSIDE: join(into, 'outside'),
        AWS_ENDPOINT_URL_DYNAMODB: engine.endpoint,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
        AWS_LAMBDA_FUNCTION_NAME: functionName,
      };
    });
    afterAll(async () => {
      await engine.close();
      rmSync(into, { recursive: true });
    });
    const answerOf = ({ CodeUri, module, exportName }: TemplateFunction, event: object): Promise<unknown> =>
      invoked(join(into, CodeUri, `${module}.mjs`), exportName, event, environment);

    it('have the wake-up function, which finds the table', async () => {
      expect(await answerOf(wakeUp, { source: 'aws.events' })).toEqual({ stayedMs: expect.any(Number) });
    });

    it.each(plays)('have the function: $what', async ({ event, answer, first }) => {
      if (first) expect(await printed(folder, first.script, environment)).toContain(first.prints);
      expect(await answerOf(own, event)).toMatchObject(answer);
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

    it('asks for outputs that there are, and names nothing that was not set before', () => {
      expect(Object.keys(template.Outputs)).toEqual(expect.arrayContaining(section.outputs));
      expect(section.outputs.length).toBeGreaterThan(1);
      const used = [...section.text.matchAll(/"\$([A-Z_]+)"/g)].map(([, variable]) => variable);
      expect(used.length).toBeGreaterThan(1);
      for (const variable of used) {
        const isSet = section.text.indexOf(`${variable}=`);
        expect(isSet).toBeGreaterThanOrEqual(0);
        expect(isSet).toBeLessThan(section.text.indexOf(`"$${variable}"`));
      }
    });

    it('shows what to copy of the template as it is there', () => {
      const readme = readFileSync(join(folder, 'README.md'), 'utf8');
      const [, shown = 'nothing'] = /```yaml\n(.*?) *```/s.exec(readme) ?? [];
      expect(readFileSync(join(folder, 'template.yaml'), 'utf8')).toContain(shown);
    });
  });
}

/** The members of `all` that `like` has, too. */
function partOf(all: object, like: object): object {
  return Object.fromEntries(Object.entries(all).filter(([key]) => key in like));
}

async function printed(folder: string, script: string[], environment: NodeJS.ProcessEnv): Promise<string> {
  const options = { cwd: folder, env: { PATH: process.env.PATH, ...environment } };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@middy-durable/source', ...script],
    options,
  );
  return stdout;
}

/** Loads a bundle in a process of its own, far from any installed package, and invokes it with an event. */
async function invoked(
  file: string,
  exportName: string,
  event: object,
  environment: NodeJS.ProcessEnv,
): Promise<unknown> {
  const script = `
    const { ${exportName}: handler } = await import(${JSON.stringify(file)});
    const context = { functionName: process.env.AWS_LAMBDA_FUNCTION_NAME, awsRequestId: crypto.randomUUID() };
    console.log('\\n' + JSON.stringify(await handler(${JSON.stringify(event)}, context)));
    process.exit();`;
  const options = ['--input-type=module', '--eval', script];
  const env = { PATH: process.env.PATH, ...environment };
  const { stdout } = await promisify(execFile)(process.execPath, options, { cwd: tmpdir(), env });
  return JSON.parse(String(stdout.trim().split('\n').at(-1)));
}
