/** How commands are read. */
import { commandOf, minutesOf } from './bot-command.js';

it.each([
  ['/status', { name: 'status', argument: '' }],
  ['  /PAUSE 30 ', { name: 'pause', argument: '30' }],
  ['/kill@Our_Bot 1A2B3C4D', { name: 'kill', argument: '1A2B3C4D' }],
  ['/status@other_bot', undefined],
  ['/nothing', { name: undefined, argument: '' }],
  ['status', undefined],
  ['/ status', undefined],
  ['/status/all', undefined],
])('%j', (text, command) => {
  expect(commandOf(text, 'our_bot')).toEqual(command);
});

it('takes every name for its own until it knows it', () => {
  expect(commandOf('/status@any_bot', undefined)).toEqual({ name: 'status', argument: '' });
});

it.each([
  ['', 60],
  ['30', 30],
  ['30m', 30],
  ['90 min', 90],
  ['10080', 10_080],
  ['0', undefined],
  ['10081', undefined],
  ['-5', undefined],
  ['1.5', undefined],
  ['soon', undefined],
])('minutes of %j', (text, minutes) => {
  expect(minutesOf(text, 60)).toBe(minutes);
});
