/** What the platform said itself is known again, however it comes back. */
import { echoOf, type Echo, type Said } from './loop-guard.js';

const OWN = { botId: 12, groups: new Set([-1, -2]) };
const SAID: Said = {
  chatId: -7,
  senderId: 5,
  viaBotId: null,
  origin: null,
  isAutomaticForward: false,
  text: 'LONG BTCUSDT entry 100',
};

it.each<[string, Partial<Said>, Echo | undefined]>([
  ['a provider’s post', {}, undefined],
  ['a post without a sender', { senderId: null }, undefined],
  ['its own post', { senderId: 12 }, 'OWN_POST'],
  ['what somebody sent through it', { viaBotId: 12 }, 'OWN_POST'],
  ['a group that it broadcasts to', { chatId: -2 }, 'OWN_GROUP'],
  ['a forward of its own post', { origin: { senderId: 12, chatId: null } }, 'OWN_FORWARD'],
  ['a forward out of its group', { origin: { senderId: null, chatId: -1 } }, 'OWN_FORWARD'],
  ['somebody else’s forward', { origin: { senderId: 9, chatId: -9 } }, undefined],
  ['a forward that hides where it is from', { origin: { senderId: null, chatId: null } }, undefined],
  ['the copy beside a channel', { isAutomaticForward: true }, 'AUTOMATIC_FORWARD'],
  ['a copy of a post', { text: '🟢 VERZEKAUTOTRADER: BTCUSDT LONG\nEntry: 100' }, 'OWN_WORDS'],
  ['a copy of an event', { text: '🎯 BTCUSDT: target 1 hit\nPrice: 110\nSignal #12' }, 'OWN_WORDS'],
  ['a provider with a number', { text: 'Signal #12\nLONG BTCUSDT entry 100' }, undefined],
  ['somebody else’s program', { viaBotId: 77 }, 'VIA_BOT'],
  ['a program that is allowed', { viaBotId: 78 }, undefined],
])('%s', (_name, change, echo) => {
  expect(echoOf({ ...SAID, ...change }, OWN, [78])).toBe(echo);
});
