import { describe, expect, it } from '@jest/globals';
import { durablePolicies } from '@middy-durable/dynamodb/resources';
import { type IamRequest, isAllowed, rightsOf, rightsUsed } from '../support/iam.ts';

const TABLE = 'arn:aws:dynamodb:eu-west-1:123456789012:table/runs';
const WAKE_UP = 'arn:aws:lambda:eu-west-1:123456789012:function:wake-up';
const ORDERS = 'arn:aws:lambda:eu-west-1:123456789012:function:orders';
const BUCKET = 'arn:aws:s3:::payloads';
const policies = durablePolicies({ table: TABLE, wakeUpFunction: WAKE_UP, functions: [ORDERS], bucket: BUCKET });

const on = (action: string, key: string | undefined, resource: string = TABLE): IamRequest => ({
  action: `dynamodb:${action}`,
  resource,
  leadingKeys: key === undefined ? undefined : [key],
});

describe('the policy', () => {
  it('of callbacks changes callbacks and the claim, and nothing else of the table', () => {
    const writes = rightsOf(policies.callback).filter(({ action }) => /Put|Update|Delete/.test(action));
    expect(writes.map(({ action, partition }) => `${action} ${partition ?? ''}`).sort()).toEqual([
      'dynamodb:DeleteItem w#claim',
      'dynamodb:PutItem p#*#*',
      'dynamodb:PutItem w#claim',
      'dynamodb:UpdateItem o#*',
      's3:PutObject ',
    ]);
    for (const key of ['r#run', 'n#orders#order-1', 'e#run', 'w#beat']) {
      for (const action of ['PutItem', 'UpdateItem', 'DeleteItem']) {
        expect(isAllowed(policies.callback, on(action, key))).toBe(false);
      }
    }
    expect(isAllowed(policies.callback, on('UpdateItem', 'o#run'))).toBe(true);
    expect(isAllowed(policies.callback, on('PutItem', 'o#run'))).toBe(false);
    expect(isAllowed(policies.callback, on('Query', 'd#0', `${TABLE}/index/gsi1`))).toBe(false);
  });

  it('of readers changes nothing', () => {
    const actions = new Set(rightsOf(policies.read).map(({ action }) => action));
    expect([...actions].sort()).toEqual(['dynamodb:GetItem', 'dynamodb:Query', 's3:GetObject']);
  });

  it('of who starts executions reads no body of one', () => {
    expect(isAllowed(policies.start, on('Query', 'p#run#writer'))).toBe(false);
    expect(isAllowed(policies.start, { action: 's3:GetObject', resource: `${BUCKET}/durable-executions/a/b` })).toBe(
      false,
    );
  });

  it('of each role allows nothing on another table, bucket or function, and no Scan', () => {
    for (const policy of Object.values(policies)) {
      expect(isAllowed(policy, on('Scan', undefined))).toBe(false);
      expect(isAllowed(policy, on('Query', 'r#run', `${TABLE}-other`))).toBe(false);
      expect(isAllowed(policy, on('Query', 'r#run'))).toBe(true);
      expect(isAllowed(policy, { action: 's3:GetObject', resource: `${BUCKET}/private` })).toBe(false);
      expect(isAllowed(policy, { action: 'lambda:InvokeFunction', resource: `${ORDERS}-other` })).toBe(false);
    }
  });

  it('of the wake-up function invokes functions in every version, and the others only the wake-up function', () => {
    const invoke = (resource: string): IamRequest => ({ action: 'lambda:InvokeFunction', resource });
    for (const [role, policy] of Object.entries(policies)) {
      expect([role, isAllowed(policy, invoke(ORDERS)), isAllowed(policy, invoke(`${ORDERS}:7`))]).toEqual([
        role,
        role === 'wakeUp',
        role === 'wakeUp',
      ]);
      expect([role, isAllowed(policy, invoke(WAKE_UP))]).toEqual([role, !['wakeUp', 'read'].includes(role)]);
    }
  });

  it('has no right for what is not there', () => {
    for (const [role, policy] of Object.entries(durablePolicies({ table: TABLE }))) {
      const rights = rightsOf(policy);
      expect([...new Set(rights.map(({ action }) => action.split(':')[0]))]).toEqual(['dynamodb']);
      const claims = rights.some(({ partition }) => partition === 'w#claim');
      expect([role, claims]).toEqual([role, role === 'wakeUp']);
      expect(rights.some(({ partition }) => partition?.startsWith('e#'))).toBe(false);
    }
  });
});

describe('the evaluation', () => {
  const [statement] = durablePolicies({ table: TABLE }).read.Statement;
  const policy = { Version: '2012-10-17' as const, Statement: statement ? [statement] : [] };

  it('denies another action, resource or partition', () => {
    expect(isAllowed(policy, on('GetItem', 'r#run'))).toBe(true);
    expect(isAllowed(policy, on('PutItem', 'r#run'))).toBe(false);
    expect(isAllowed(policy, on('GetItem', 'r#run', `${TABLE}/index/gsi1`))).toBe(false);
    expect(isAllowed(policy, on('GetItem', 'o#run'))).toBe(false);
    expect(isAllowed(policy, { ...on('GetItem', 'r#run'), leadingKeys: ['r#run', 'o#run'] })).toBe(false);
  });

  it('holds for all of no keys, as at AWS', () => {
    expect(isAllowed(policy, on('GetItem', undefined))).toBe(true);
  });

  it('tells which rights are used', () => {
    expect(rightsUsed(policy, on('GetItem', 'r#run'))).toEqual([
      { action: 'dynamodb:GetItem', resource: TABLE, partition: 'r#*' },
    ]);
    expect(rightsUsed(policy, on('PutItem', 'r#run'))).toEqual([]);
  });
});
