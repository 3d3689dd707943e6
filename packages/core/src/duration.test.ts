import { describe, expect, it } from '@jest/globals';
import { Duration, days, durationSeconds, hours, minutes, seconds, totalSeconds } from './duration.ts';

const what = 'wait "cool-down"';

describe('durationSeconds', () => {
  it.each([
    [{ seconds: 1 }, 1],
    [{ days: 366 }, 31_622_400],
    [{ days: 1, hours: 1, minutes: 1, seconds: 1 }, 90_061],
    [{ hours: 1, minutes: undefined, seconds: null }, 3600],
    [{ minutes: 0.5 }, 30],
    [{ minutes: 0, seconds: 10 }, 10],
    // 66.00000000000001 in floating point.
    [{ minutes: 1.1 }, 66],
    [{ seconds: 5, label: 'ignored' }, 5],
    [Object.assign(Object.create(null), { seconds: 7 }), 7],
  ])('%j is %d seconds', (duration, expected) => {
    expect(durationSeconds(duration, what)).toBe(expected);
  });

  it.each([
    [5, 'wait "cool-down": bad duration 5: pass days, hours, minutes or seconds, such as { minutes: 5 }'],
    ['5m', 'bad duration "5m": pass'],
    [null, 'bad duration null: pass'],
    [undefined, 'bad duration undefined: pass'],
    [{}, 'bad duration {}: pass'],
    [{ seconds: undefined }, 'bad duration {}: pass'],
    [{ milliseconds: 500 }, 'bad duration {"milliseconds":500}: pass'],
    [{ seconds: '5' }, 'bad duration {"seconds":"5"}: seconds must be a number'],
    [{ hours: 5n }, 'bad duration an object: hours must be a number'],
  ])('%p is no duration', (duration, message) => {
    expect(() => durationSeconds(duration, what)).toThrow(TypeError);
    expect(() => durationSeconds(duration, what)).toThrow(message);
  });

  it.each([
    [{ seconds: -1 }, 'wait "cool-down": bad duration {"seconds":-1}: seconds is -1, but must be 0 or more'],
    [{ days: 1, hours: -1 }, 'hours is -1, but must be 0 or more'],
    [{ seconds: Number.NaN }, 'seconds is NaN'],
    [{ minutes: Number.POSITIVE_INFINITY }, 'minutes is Infinity'],
    [{ seconds: 0 }, '0 s is not a whole number of seconds from 1 to 31622400'],
    [{ seconds: 0.5 }, '0.5 s is not a whole number of seconds from 1 to 31622400'],
    [{ seconds: 1.001 }, '1.001 s is not a whole number'],
    [{ days: 367 }, '31708800 s is not a whole number of seconds from 1 to 31622400'],
  ])('%p is out of range', (duration, message) => {
    expect(() => durationSeconds(duration, what)).toThrow(RangeError);
    expect(() => durationSeconds(duration, what)).toThrow(message);
  });

  it('takes another range, inclusive', () => {
    expect(durationSeconds({ seconds: 0 }, what, { min: 0 })).toBe(0);
    expect(durationSeconds({ seconds: 9 }, what, { max: 9 })).toBe(9);
    expect(() => durationSeconds({ seconds: 10 }, what, { max: 9 })).toThrow('from 1 to 9');
  });
});

describe('totalSeconds', () => {
  it('keeps fractions and zero', () => {
    expect(totalSeconds({ seconds: 0.25 }, what)).toBe(0.25);
    expect(totalSeconds({ days: 0 }, what)).toBe(0);
  });
});

describe('helpers', () => {
  it('make the literal', () => {
    expect([seconds(0), minutes(1.5), hours(2), days(3)]).toEqual([
      { seconds: 0 },
      { minutes: 1.5 },
      { hours: 2 },
      { days: 3 },
    ]);
    const duration: Duration = Duration.fromDays(2);
    expect(duration).toEqual({ days: 2 });
    expect([Duration.fromSeconds(1), Duration.fromMinutes(1), Duration.fromHours(1)]).toEqual([
      { seconds: 1 },
      { minutes: 1 },
      { hours: 1 },
    ]);
  });

  it('refuse what no operation takes', () => {
    expect(() => seconds(0.5)).toThrow('seconds: bad duration {"seconds":0.5}: 0.5 s is not a whole number of seconds');
    expect(() => minutes(-1)).toThrow(RangeError);
    expect(() => hours(Number.NaN)).toThrow('hours is NaN');
    expect(() => days('1' as never)).toThrow(TypeError);
    expect(() => Duration.fromDays(1_000_000)).toThrow(RangeError);
  });
});
