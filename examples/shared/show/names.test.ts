import { expect, it } from '@jest/globals';
import { namesOf } from './names.ts';

it.each([
  [{ Id: 'a', Name: 'pay', ParentId: 'c' }, 'pay'],
  [{ Id: 'a', ParentId: 'c' }, 'approval'],
  [{ Id: 'a', ParentId: 'unnamed' }, 'a'],
  [{ Id: 'a', ParentId: 'gone' }, 'a'],
  [{ Id: 'a' }, 'a'],
  [{}, ''],
])('%j is shown as %s', (operation, name) => {
  expect(namesOf([{ Id: 'c', Name: 'approval' }, { Id: 'unnamed' }])(operation)).toBe(name);
});
