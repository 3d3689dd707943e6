import { describe, expect, it } from '@jest/globals';
import { cases, loadCase } from './index.ts';

describe('the cases', () => {
  it.each(Object.keys(cases))('%s says what it measures and has rows, no two of them equal', async (name) => {
    const { title, rows } = await loadCase(name);
    expect(title).not.toBe('');
    for (const full of [false, true]) {
      expect(rows(full).length).toBeGreaterThan(0);
      expect(new Set(rows(full)).size).toBe(rows(full).length);
    }
  });

  it('are known by name', async () => {
    await expect(loadCase('no-such-case')).rejects.toThrow('No case is called no-such-case; there are engine-work,');
  });

  it('measure a suspension with our engine', async () => {
    const { measure } = await loadCase('suspension');
    const reported: Record<string, number>[] = [];
    await measure('ours', 'a wait', (figures) => reported.push(figures));
    expect(reported).toEqual([{ 'median of 20, ms': expect.any(Number), 'longest, ms': expect.any(Number) }]);
  });
});
