import { expect, it } from '@jest/globals';
import { Facts } from './facts.ts';

it('reports readers that disagree, and bodies that begin twice', () => {
  const reports: [string, string][] = [];
  const facts = new Facts((rule, detail) => reports.push([rule, detail]));
  facts.observed('step1 result', '1');
  facts.observed('step1 result', '1');
  facts.bodyStarts('step1', 1, false);
  facts.bodyStarts('step1', 1, false);
  facts.bodyStarts('step2', 1, true);
  facts.bodyStarts('step2', 2, true);
  expect(reports).toEqual([]);
  facts.observed('step1 result', '2');
  facts.bodyStarts('step2', 2, true);
  expect(reports).toEqual([
    ['every reader sees the same', 'step1 result: 2, before: 1'],
    ['at most once', 'the body of step2 attempt 2 begins again'],
  ]);
});
