import { describe, expect, it } from '@jest/globals';
import { type ErrorObject, MAX_ERROR_BYTES } from '@middy-durable/protocol';
import { limitErrorObject } from './error-size.ts';

function bytes({ ErrorMessage = '', ErrorType = '', ErrorData = '', StackTrace = [] }: ErrorObject): number {
  return Buffer.byteLength([ErrorMessage, ErrorType, ErrorData, ...StackTrace].join(''));
}

describe('limitErrorObject', () => {
  it('leaves what fits as it is', () => {
    const small = { ErrorMessage: 'x', ErrorType: 'T', ErrorData: 'd', StackTrace: ['at a'] };
    expect(limitErrorObject(small)).toBe(small);
    const exact = { ErrorMessage: 'x'.repeat(MAX_ERROR_BYTES - 1), ErrorType: 'T' };
    expect(limitErrorObject(exact)).toBe(exact);
    expect(limitErrorObject({})).toEqual({});
  });

  it('cuts a message by one byte too long, and says so', () => {
    const total = MAX_ERROR_BYTES + 1;
    const cut = limitErrorObject({ ErrorMessage: 'x'.repeat(total - 1), ErrorType: 'T' });
    expect(bytes(cut)).toBeLessThanOrEqual(MAX_ERROR_BYTES);
    expect(cut.ErrorMessage).toMatch(/^x{1000000,}\.\.\. \[cut: 1048576 bytes in all\]$/);
    expect(cut.ErrorType).toBe('T');
    expect(cut).not.toHaveProperty('ErrorData');
  });

  it('counts bytes, not characters, and splits no character', () => {
    const message = '\u{1f980}'.repeat(300_000);
    const cut = limitErrorObject({ ErrorMessage: message });
    expect(bytes(cut)).toBeLessThanOrEqual(MAX_ERROR_BYTES);
    expect(cut.ErrorMessage).toMatch(/^(\u{1f980})+\.\.\. \[cut: 1200000 bytes in all\]$/u);
  });

  it('keeps data that fits beside a long message', () => {
    const cut = limitErrorObject({ ErrorMessage: 'm'.repeat(3_000_000), ErrorData: 'd'.repeat(400_000) });
    expect(cut.ErrorData).toBe('d'.repeat(400_000));
    expect(bytes(cut)).toBeLessThanOrEqual(MAX_ERROR_BYTES);
    expect(cut.ErrorMessage?.length).toBeGreaterThan(600_000);
  });

  it('keeps a message that fits beside long data', () => {
    const cut = limitErrorObject({ ErrorMessage: 'm'.repeat(400_000), ErrorData: 'd'.repeat(3_000_000) });
    expect(cut.ErrorMessage).toBe('m'.repeat(400_000));
    expect(cut.ErrorData).toMatch(/\[cut: 3000000 bytes in all\]$/);
    expect(bytes(cut)).toBeLessThanOrEqual(MAX_ERROR_BYTES);
  });

  it('shares the room when both are long; type and stack trace give way', () => {
    const cut = limitErrorObject({
      ErrorMessage: 'm'.repeat(3_000_000),
      ErrorData: 'd'.repeat(3_000_000),
      ErrorType: 'T'.repeat(5000),
      StackTrace: ['at a', 'at b'],
    });
    expect(bytes(cut)).toBeLessThanOrEqual(MAX_ERROR_BYTES);
    expect(cut.ErrorMessage?.length).toBeGreaterThan(500_000);
    expect(cut.ErrorData?.length).toBeGreaterThan(500_000);
    expect(cut.ErrorType).toHaveLength(1024);
    expect(cut).not.toHaveProperty('StackTrace');
  });

  it('drops a stack trace that is too large', () => {
    const cut = limitErrorObject({
      ErrorMessage: 'm',
      StackTrace: Array(50_000).fill('    at somewhere (file.js:1:1)'),
    });
    expect(cut).toEqual({ ErrorMessage: 'm' });
  });
});
