import { describe, expect, it } from '@jest/globals';
import { lineDiff } from './line-diff.ts';

describe('lineDiff', () => {
  it('keeps what is the same, and puts each change together', () => {
    const { removed, added, text } = lineDiff('a\nb\nc\nd', 'new\na\nB\nc\nd\nend');
    expect(removed).toEqual(['b']);
    expect(added).toEqual(['new', 'B', 'end']);
    expect(text).toBe('+new\n\n-b\n+B\n\n+end');
  });

  it.each([
    ['', ''],
    ['a\nb', 'a\nb'],
  ])('finds nothing between %j and itself', (before, after) => {
    expect(lineDiff(before, after)).toEqual({ removed: [], added: [], text: '' });
  });

  it('takes away what is no more, and keeps as much as possible', () => {
    expect(lineDiff('a\nb\na\nc', 'b\na').text).toBe('-a\n\n-c');
  });
});
