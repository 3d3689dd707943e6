import { expect, it } from '@jest/globals';
import { packId, unpackId } from './packed-id.ts';

const UUID = '5fe1a2b3-0123-4abc-8def-0123456789ab';

it.each([UUID, `${UUID}-17`, `${UUID}-größe`, 'write-2', '', UUID.toUpperCase(), `${UUID}\ud83d`])(
  'gives %j back',
  (text) => {
    expect(unpackId(packId(text))).toBe(text);
  },
);

it('takes 16 bytes for a UUID', () => {
  expect(packId(`${UUID}-17`)).toMatchObject({ B: expect.objectContaining({ length: 19 }) });
});
