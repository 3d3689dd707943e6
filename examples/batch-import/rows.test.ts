import { describe, expect, it } from '@jest/globals';
import { check, rowsOf } from './rows.ts';

describe('rows', () => {
  it('are the lines below the column names', () => {
    expect(rowsOf('id,email\na,a@example.com\nb\n')).toEqual([
      { line: 1, id: 'a', email: 'a@example.com' },
      { line: 2, id: 'b', email: '' },
    ]);
    expect(rowsOf('id,email\n')).toEqual([]);
  });

  it.each([
    [{ line: 4, id: '', email: 'a@example.com' }, 'Line 4 has no id; give each customer one.'],
    [{ line: 5, id: 'a', email: 'nobody' }, "Line 5: 'nobody' is no email address; correct it."],
  ])('%j are refused', (row, message) => {
    expect(() => check(row)).toThrow(message);
  });
});
