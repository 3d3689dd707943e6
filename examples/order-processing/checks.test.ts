import { describe, expect, it } from '@jest/globals';
import { checks, type Evidence } from './checks.ts';
import type { LedgerEntry } from './outside/payments.ts';

const RESULT = '{"orderId":"order-1","status":"processed"}';
const charge = (outcome: LedgerEntry['outcome'], idempotencyKey = 'k'): LedgerEntry => ({
  idempotencyKey,
  amount: 1,
  outcome,
});

const AS_IT_SHOULD_BE: Evidence = {
  status: 'SUCCEEDED',
  result: RESULT,
  invocations: [
    { functionName: 'orders', pid: 1, replayed: [], ran: ['validate-order', 'send-for-approval'], outcome: 'PENDING' },
    { functionName: 'orders', pid: 2, replayed: [], ran: ['process-order'], outcome: 'DIED' },
    { functionName: 'orders', pid: 3, replayed: [], ran: ['process-order'], outcome: 'SUCCEEDED' },
  ],
  ledger: [charge('busy'), charge('charged'), charge('charged before')],
  again: { created: false, sameExecution: true, result: RESULT, invocations: 0 },
};
const [first, killed, last] = AS_IT_SHOULD_BE.invocations as [never, never, never];

describe('checks', () => {
  it('all hold when everything is as it should be', () => {
    expect(checks(AS_IT_SHOULD_BE).filter(({ holds }) => !holds)).toEqual([]);
  });

  it.each<[string, Partial<Evidence>]>([
    [
      'the order is processed',
      { status: 'FAILED', result: undefined, again: { ...AS_IT_SHOULD_BE.again, result: undefined } },
    ],
    ['the order is processed', { status: 'RUNNING' }],
    ['a process of its own', { invocations: [first, killed, { ...(last as object), pid: 1 } as never] }],
    ['killed in the middle', { invocations: [first, last] }],
    ['killed in the middle', { invocations: [first, { ...(killed as object), ran: [] } as never, last] }],
    ['killed in the middle', { invocations: [first, killed, { ...(killed as object), pid: 4 } as never, last] }],
    ['ran once', { invocations: [first, killed, { ...(first as object), pid: 3 } as never] }],
    ['ran once', { invocations: [killed, last] }],
    ['charged once', { ledger: [charge('charged'), charge('charged')] }],
    ['charged once', { ledger: [charge('charged'), charge('charged before', 'another key')] }],
    ['charged once', { ledger: [charge('busy')] }],
    ['ran nothing', { again: { ...AS_IT_SHOULD_BE.again, created: true } }],
    ['ran nothing', { again: { ...AS_IT_SHOULD_BE.again, sameExecution: false } }],
    ['ran nothing', { again: { ...AS_IT_SHOULD_BE.again, invocations: 1 } }],
    ['ran nothing', { again: { ...AS_IT_SHOULD_BE.again, result: '{}' } }],
  ])('%s: refuses %j', (what, wrong) => {
    const broken = checks({ ...AS_IT_SHOULD_BE, ...wrong }).filter(({ holds }) => !holds);
    expect(broken).toEqual([{ what: expect.stringContaining(what), holds: false }]);
  });
});
