import fc from 'fast-check';
import { isGuessable } from './guessable-password.js';

it.each([
  'password',
  'Password1!',
  'P@ssw0rd',
  'passw0rd2024',
  'qwerty123456',
  '123456',
  '12345678',
  '87654321',
  '1234567890',
  '11111111',
  'abcabcabc',
  'abcd1234',
  'asdfghjkl',
  '1qaz2wsx',
  '1q2w3e4r5t',
  'qwerty12345',
  'Summer2026!',
  'iloveyou',
  'dragondragon',
  'Verzek2026',
  'ADMIN123!',
])('%s is', (password) => expect(isGuessable(password)).toBe(true));

it.each([
  'correct horse battery',
  'secret words',
  'long enough',
  'password of my own making',
  'tr0mbone-lamp',
  'qwerty and a half',
  '49203917',
  'Zürich bei Nacht',
])('%s is not', (password) => expect(isGuessable(password)).toBe(false));

it('the name of the owner is', () => {
  expect(isGuessable('ada.lovelace1815', ['ada.lovelace'])).toBe(true);
  expect(isGuessable('ada.lovelace1815')).toBe(false);
});

it('what was drawn at random is not, and whatever comes is answered', () => {
  const drawn = fc.uint8Array({ minLength: 12, maxLength: 24 }).filter((bytes) => new Set(bytes).size > 8);
  fc.assert(fc.property(drawn, (bytes) => !isGuessable(Buffer.from(bytes).toString('base64url'))));
  fc.assert(fc.property(fc.string({ maxLength: 256 }), (text) => typeof isGuessable(text) === 'boolean'));
});
