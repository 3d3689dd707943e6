import { beforeEach, expect, it } from '@jest/globals';
import { Counts } from './counts.ts';

let reports: [string, string][];
let counts: Counts;
beforeEach(() => {
  reports = [];
  counts = new Counts((rule, detail) => reports.push([rule, detail]));
});

it('accepts what is counted once, at whichever invocation, and what is told again at the end', () => {
  counts.added('a', 1, true);
  counts.added('a', 2, true);
  counts.published('a', 2);
  counts.added('b', 2, true);
  counts.handlerEnded(2);
  counts.published('b', 2);
  counts.added('b', 3, true);
  counts.handlerEnded(3);
  counts.published('b', 3);
  counts.added('left', 3, false);
  counts.ended(() => false);
  expect(reports).toEqual([]);
});

it('reports what counts twice before the end', () => {
  counts.added('a', 1, true);
  counts.published('a', 1);
  counts.added('a', 2, true);
  counts.handlerEnded(2);
  counts.published('a', 2);
  expect(reports).toEqual([['no metric twice', 'a is published again']]);
});

it('reports what is lost, unless an invocation never learned what was stored', () => {
  counts.added('a', 1, true);
  counts.added('b', 2, true);
  counts.ended((invocation) => invocation === 2);
  expect(reports).toEqual([['no metric is lost', 'a was added and never published']]);
});

it('reports what another invocation publishes', () => {
  counts.added('a', 1, true);
  counts.published('a', 2);
  expect(reports).toEqual([['no metric of others', 'a is published, and was not added']]);
});
