import { describe, expect, it } from '@jest/globals';
import { LineSplitter } from './lines.ts';

describe('LineSplitter', () => {
  function split(...chunks: Buffer[]): string[] {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line));
    for (const chunk of chunks) splitter.push(chunk);
    splitter.end();
    return lines;
  }

  it('puts lines and characters together that came in pieces', () => {
    const bytes = Buffer.from('größe 👍\r\n\nzweite\nrest');
    const pieces = Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
    expect(split(...pieces)).toEqual(['größe 👍', '', 'zweite', 'rest']);
    expect(split(bytes)).toEqual(['größe 👍', '', 'zweite', 'rest']);
  });

  it('makes no line of nothing', () => {
    expect(split()).toEqual([]);
    expect(split(Buffer.from('one\n'))).toEqual(['one']);
  });
});
