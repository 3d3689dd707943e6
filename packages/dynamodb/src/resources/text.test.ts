import { describe, expect, it } from '@jest/globals';
import { isIntrinsic, join } from './text.ts';

const TABLE = { 'Fn::GetAtt': ['Table', 'Arn'] };

describe('join', () => {
  it('of texts is a text', () => {
    expect(join()).toBe('');
    expect(join('arn:', 'aws', ':s3')).toBe('arn:aws:s3');
  });

  it('of one intrinsic is that', () => {
    expect(join(TABLE)).toBe(TABLE);
    expect(join('', TABLE, '')).toEqual(TABLE);
  });

  it('of both is one join, also of what was joined before', () => {
    expect(join('a', 'b', TABLE, '/index')).toEqual({ 'Fn::Join': ['', ['ab', TABLE, '/index']] });
    expect(join('a', join('b', TABLE, 'c'), 'd')).toEqual({ 'Fn::Join': ['', ['ab', TABLE, 'cd']] });
  });

  it('leaves a join with another separator alone', () => {
    const names = { 'Fn::Join': ['-', ['a', 'b']] };
    expect(join('x', names)).toEqual({ 'Fn::Join': ['', ['x', names]] });
  });
});

describe('isIntrinsic', () => {
  it.each([[{ Ref: 'A' }], [{ 'Fn::Sub': 'a' }]])('%j is one', (value) => {
    expect(isIntrinsic(value)).toBe(true);
  });

  it.each([['Ref'], [null], [undefined], [[]], [{}], [{ ref: 'A' }], [{ Ref: 'A', 'Fn::Sub': 'a' }], [['Ref']]])(
    '%j is none',
    (value) => {
      expect(isIntrinsic(value)).toBe(false);
    },
  );
});
