import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { bundleFunctions } from '@middy-durable-examples/shared/deploy/bundle.ts';
import { functionsOf, readTemplate } from '@middy-durable-examples/shared/deploy/template.ts';
import { deploySection } from '@middy-durable-examples/shared/test-support/deploy-section.ts';

jest.setTimeout(60_000);

const folder = import.meta.dirname;
const template = readTemplate(folder);
const functions = functionsOf(template);
const [purchases, decide] = functions;
const executions = {
  'Fn::Sub': `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:\${AWS::StackName}-purchases:*`,
};

describe('the template of human-approval', () => {
  it('has a durable function with an alias, and an ordinary one with a URL', () => {
    expect(template.Transform).toBe('AWS::Serverless-2016-10-31');
    expect(functions.map(({ logicalId, Runtime }) => [logicalId, Runtime])).toEqual([
      ['PurchasesFunction', 'nodejs24.x'],
      ['DecideFunction', 'nodejs24.x'],
    ]);
    expect(purchases).toMatchObject({
      AutoPublishAlias: 'live',
      FunctionName: { 'Fn::Sub': `\${AWS::StackName}-purchases` },
    });
    expect(purchases?.DurableConfig?.ExecutionTimeout).toBeGreaterThan(7 * 86_400);
    expect(decide).toMatchObject({ FunctionUrlConfig: { AuthType: 'NONE' }, ReservedConcurrentExecutions: 5 });
    expect(decide).not.toHaveProperty('DurableConfig');
  });

  it('gives both the same secret, which stands nowhere', () => {
    const secrets = functions.map(({ Environment }) => Environment?.Variables?.LINK_SECRET);
    expect(secrets).toEqual(functions.map(() => ({ 'Fn::Sub': `{{resolve:secretsmanager:\${LinkSecret}}}` })));
    expect(template.Resources.LinkSecret).toMatchObject({ Type: 'AWS::SecretsManager::Secret' });
    expect(purchases?.Environment?.Variables?.LINK_URL).toEqual({ 'Fn::GetAtt': ['DecideFunctionUrl', 'FunctionUrl'] });
  });

  it('allows what the functions do, and nothing more', () => {
    const allowed = functions.map(({ Policies }) => Policies);
    const policy = (Action: string[]) => [
      { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: executions }] },
    ];
    expect(allowed).toEqual([
      policy(['lambda:CheckpointDurableExecution', 'lambda:GetDurableExecutionState']),
      policy(['lambda:SendDurableExecutionCallbackSuccess', 'lambda:GetDurableExecutionHistory']),
    ]);
  });
});

describe('the bundles of human-approval', () => {
  let into: string;
  beforeAll(async () => {
    into = mkdtempSync(join(tmpdir(), 'bundles-'));
    await bundleFunctions(folder, into);
  });
  afterAll(() => rmSync(into, { recursive: true }));

  const environment = { LINK_SECRET: 'x'.repeat(64), LINK_URL: 'https://localhost/', AWS_REGION: 'eu-west-1' };

  /** What a bundle answers, in a process of its own, far from any installed package. */
  async function answerOf(index: number, event: object): Promise<string> {
    const { CodeUri = '', module } = functions[index] ?? {};
    const file = join(into, CodeUri, `${module}.mjs`);
    const script = `const { handler } = await import(${JSON.stringify(file)});
      const answer = await Promise.resolve().then(() => handler(${JSON.stringify(event)}, {})).catch((error) => error.message);
      console.log(JSON.stringify(answer));`;
    const options = { cwd: tmpdir(), env: { PATH: process.env.PATH, ...environment } };
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], options);
    return JSON.parse(stdout);
  }

  it('have the durable function', async () => {
    expect(await answerOf(0, {})).toMatch(/durab/);
  });

  it('have the endpoint, which refuses what is no link', async () => {
    const event = {
      version: '2.0',
      rawQueryString: 'token=x',
      headers: {},
      requestContext: { http: { method: 'GET' } },
    };
    expect(await answerOf(1, event)).toMatchObject({ statusCode: 404, body: expect.stringContaining('not valid') });
  });
});

describe('the README of human-approval on its deployment', () => {
  const section = deploySection(folder);

  it('bundles, deploys, invokes and deletes this example', () => {
    expect(section.commands).toContain('npm run bundle -w examples/human-approval');
    const deploy = section.command('sam deploy');
    expect(deploy.option('template-file')).toBe('examples/human-approval/template.yaml');
    expect(deploy.option('capabilities')).toBe('CAPABILITY_IAM');
    expect(section.values('stack-name')).toEqual(['human-approval']);
    expect(Object.keys(template.Outputs)).toEqual(expect.arrayContaining(section.outputs));
    const invoke = section.command('aws lambda invoke');
    expect(invoke.option('invocation-type')).toBe('Event');
    expect(Object.keys(JSON.parse(invoke.option('payload') ?? ''))).toEqual([
      'id',
      'item',
      'cents',
      'approver',
      'manager',
    ]);
    section.command('aws lambda get-durable-execution-history');
    section.command('sam delete');
  });
});
