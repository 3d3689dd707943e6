import { describe, expect, it } from '@jest/globals';
import { operationId, rawOperationId } from './operation-id.ts';

describe('operation ids', () => {
  it.each([
    ['1', 'c4ca4238a0b92382'],
    ['2', 'c81e728d9d4c2f63'],
    ['1-1', 'ea66c06c1e1c05fa'],
    ['1-2', '98c6f2c2287f4c73'],
    ['2-1', '8fbdbf5573b18fae'],
    ['1-1-1', '2f221a18eb863803'],
  ])('%s is %s, as in the official SDK', (raw, wire) => {
    expect(operationId(raw)).toBe(wire);
  });

  it('are positions in their context', () => {
    expect(rawOperationId('', 1)).toBe('1');
    expect(rawOperationId('2', 3)).toBe('2-3');
    expect(operationId(rawOperationId(rawOperationId('1', 1), 1))).toBe('2f221a18eb863803');
  });
});
