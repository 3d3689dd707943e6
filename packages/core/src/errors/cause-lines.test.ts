import { describe, expect, it } from '@jest/globals';
import { causeLines, causesFromLines } from './cause-lines.ts';

const none = () => false;
const make = (name: string, message: string, cause: Error | undefined): Error =>
  Object.assign(new Error(message, cause && { cause }), { name });
const chain = (error: unknown): string[] => (error instanceof Error ? [String(error), ...chain(error.cause)] : []);

describe('causes in a stored stack trace', () => {
  it('come back as they were, over several lines too', () => {
    const error = new Error('a', { cause: new RangeError('b: c\nd', { cause: new TypeError('') }) });
    const lines = causeLines(error, none);
    expect(lines).toEqual(['Caused by: RangeError: b: c\nd', 'Caused by: TypeError: ']);
    expect(chain(causesFromLines(lines, make))).toEqual(['RangeError: b: c\nd', 'TypeError']);
  });

  it('are none where there are none', () => {
    expect(causeLines(new Error('a'), none)).toEqual([]);
    expect(causeLines(new Error('a', { cause: 'text' }), none)).toEqual([]);
    expect(causesFromLines(undefined, make)).toBeUndefined();
    expect(causesFromLines([], make)).toBeUndefined();
  });

  it('are found among the lines of another runtime', () => {
    const lines = ['  at Handler.run(Handler.java:7)', 'Caused by: java.io.IOException: gone', '  at Socket.read'];
    expect(chain(causesFromLines(lines, make))).toEqual(['java.io.IOException: gone']);
  });

  it('leave out an own error that stands for itself', () => {
    const own = Object.assign(new Error('no'), { name: 'StepError' });
    const outer = Object.assign(new Error('no', { cause: own }), { name: 'StepError' });
    expect(causeLines(outer, (link) => link === outer)).toEqual([]);
    expect(causeLines(outer, none)).toEqual(['Caused by: StepError: no']);
  });
});
