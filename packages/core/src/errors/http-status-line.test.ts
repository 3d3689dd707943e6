import { describe, expect, it } from '@jest/globals';
import { ChildContextError, fromErrorObject, StepError, toErrorObject } from '../errors.ts';

const thrown = (members: object): Error =>
  Object.assign(new Error('already charged'), { name: 'AlreadyCharged' }, members);
const status = (error: unknown): unknown[] => {
  const { statusCode, expose } = error as { statusCode?: number; expose?: boolean };
  return [statusCode, expose];
};

describe('the HTTP status of an error', () => {
  it.each([
    [{ statusCode: 409 }, ['HTTP status 409'], [409, undefined]],
    [{ statusCode: 409, expose: true }, ['HTTP status 409, exposed'], [409, true]],
    [{ statusCode: 503, expose: false }, ['HTTP status 503, hidden'], [503, false]],
  ])('%j is kept on record, and is on what surfaces and on its cause', (members, StackTrace, expected) => {
    const stored = toErrorObject(thrown(members));
    expect(stored).toEqual({ ErrorType: 'AlreadyCharged', ErrorMessage: 'already charged', StackTrace });
    const surfaced = fromErrorObject(stored);
    expect(surfaced).toBeInstanceOf(StepError);
    expect([status(surfaced), status(surfaced.cause)]).toEqual([expected, expected]);
  });

  it('passes through every context around the step', () => {
    const step = fromErrorObject(toErrorObject(thrown({ statusCode: 404, expose: true })));
    const context = fromErrorObject(toErrorObject(new ChildContextError(step.message, step)));
    expect(context.name).toBe('ChildContextError');
    expect(status(context)).toEqual([404, true]);
    expect(((context.cause?.cause ?? context.cause) as Error).name).toBe('AlreadyCharged');
  });

  it.each([
    { statusCode: '409' },
    { statusCode: 99 },
    { statusCode: 600 },
    { statusCode: 409.5 },
    { expose: true },
    {},
  ])('%j is none', (members) => {
    const stored = toErrorObject(thrown(members));
    expect(stored.StackTrace).toBeUndefined();
    expect('statusCode' in fromErrorObject(stored)).toBe(false);
  });

  it('is not read from another line of a stack trace', () => {
    const StackTrace = ['at order.ts:1', 'HTTP status 409'];
    expect('statusCode' in fromErrorObject({ ErrorType: 'Error', ErrorMessage: 'x', StackTrace })).toBe(false);
  });
});
