import { describe, expect, it } from '@jest/globals';
import { tableLines } from './table.ts';

describe('the lines of a table', () => {
  it('show the medians, and the median of the ratios of each round', () => {
    const rounds = [
      { official: { ms: 10 }, ours: { ms: 5 } },
      { official: { ms: 40 }, ours: { ms: 4 } },
      { official: { ms: 20 }, ours: { ms: 6 } },
    ];
    expect(tableLines('a wait', rounds)).toEqual(['| a wait | ms | 20 | 5 | 0.3 |']);
  });

  it('have a line for each figure', () => {
    const lines = tableLines('row', [{ official: { ms: 2, bytes: 8 }, ours: { ms: 1, bytes: 4 } }]);
    expect(lines).toEqual(['| row | ms | 2 | 1 | 0.5 |', '| row | bytes | 8 | 4 | 0.5 |']);
  });

  it('leave out what an engine has not, and the ratio to nothing', () => {
    expect(tableLines('row', [{ ours: { ms: 1 } }])).toEqual(['| row | ms |  | 1 |  |']);
    expect(tableLines('row', [{ official: { left: 0 }, ours: { left: 0 } }])).toEqual(['| row | left | 0 | 0 |  |']);
  });
});
