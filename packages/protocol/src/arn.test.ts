import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { thrownBy } from '../test-support/run.ts';
import { formatExecutionArn, parseExecutionArn } from './arn.ts';

const parts = {
  partition: 'aws',
  region: 'eu-west-1',
  account: '123456789012',
  functionName: 'orders',
  qualifier: '$LATEST',
  name: 'order-7',
  id: '8a76ceda-dcf9-3eb4-b693-6b45c7aac4d2',
};
const arn =
  'arn:aws:lambda:eu-west-1:123456789012:function:orders:$LATEST/durable-execution/order-7/8a76ceda-dcf9-3eb4-b693-6b45c7aac4d2';

describe('the ARN of an execution', () => {
  it('is made of its parts', () => {
    expect(formatExecutionArn(parts)).toBe(arn);
    expect(parseExecutionArn(arn)).toEqual(parts);
  });

  it.each(['$LATEST', '$LATEST.PUBLISHED', '1', '42'])('takes the qualifier %s', (qualifier) => {
    expect(parseExecutionArn(formatExecutionArn({ ...parts, qualifier })).qualifier).toBe(qualifier);
  });

  it('comes back for any parts', () => {
    const word = fc.stringMatching(/^[a-zA-Z0-9_-]{1,40}$/);
    const arbitrary = fc.record({
      partition: fc.constantFrom('aws', 'aws-cn', 'aws-us-gov'),
      region: fc.constantFrom('eu-west-1', 'us-gov-east-1'),
      account: fc.stringMatching(/^[0-9]{12}$/),
      functionName: word,
      qualifier: fc.constantFrom('$LATEST', '$LATEST.PUBLISHED', '17'),
      name: word,
      id: word,
    });
    fc.assert(fc.property(arbitrary, (any) => expect(parseExecutionArn(formatExecutionArn(any))).toEqual(any)));
  });

  const refused: [string, string][] = [
    ['', 'nothing'],
    ['order-7', 'a name'],
    ['arn:aws:lambda:eu-west-1:123456789012:function:orders:$LATEST', 'a function'],
    [arn.replace(':$LATEST', ''), 'no qualifier'],
    [arn.replace('$LATEST', 'prod'), 'an alias'],
    [arn.replace('123456789012', '1234'), 'a short account'],
    [arn.replace('orders', 'or.ders'), 'a dot in the function'],
    [arn.replace('order-7', 'order 7'), 'a space in the name'],
    [arn.replace('order-7', 'o'.repeat(65)), 'a long name'],
    [arn.replace('orders', 'o'.repeat(1000)), 'a long ARN'],
    [`${arn}/more`, 'one part more'],
    [`${arn}\n`, 'a line break'],
    [` ${arn}`, 'a leading space'],
    [undefined as unknown as string, 'undefined'],
  ];
  it.each(refused)('is refused: %j (%s)', (text) => {
    const error = thrownBy(() => parseExecutionArn(text));
    expect(error.name).toBe('InvalidParameterValueException');
    expect(error.message).toMatch(/^Invalid durable execution ARN '.{0,200}': expected arn:<partition>:lambda:/s);
  });

  it.each(Object.keys(parts))('is not made when %s is empty or holds a separator', (part) => {
    for (const value of ['', 'a/b', 'a:b']) {
      expect(() => formatExecutionArn({ ...parts, [part]: value })).toThrow(/Invalid durable execution ARN/);
    }
  });

  it('is refused for any garbage', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(thrownBy(() => parseExecutionArn(text)).name).toBe('InvalidParameterValueException');
      }),
    );
  });
});
