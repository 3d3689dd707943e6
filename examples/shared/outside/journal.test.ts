import { describe, expect, it } from '@jest/globals';
import { useFreshOutside } from '../test-support/fresh-outside.ts';
import { journal, plan } from './journal.ts';

useFreshOutside();

describe('a journal', () => {
  it('is empty at first, and keeps what it is told in order, for every reader', () => {
    expect(journal('a.jsonl').read()).toEqual([]);
    journal('a.jsonl').note({ text: 'one\nline' });
    journal('a.jsonl').note(2);
    expect(journal('a.jsonl').read()).toEqual([{ text: 'one\nline' }, 2]);
    expect(journal('b.jsonl').read()).toEqual([]);
  });
});

describe('a plan', () => {
  it('is its initial value until it is set', () => {
    expect(plan('p.json', ['calm']).get()).toEqual(['calm']);
    plan('p.json', ['calm']).set(['busy']);
    expect(plan('p.json', ['calm']).get()).toEqual(['busy']);
  });
});
