/** What administrators are told of a post, and what not. */
import { readSignalText } from '../../domain/signal-text/read-signal-text.js';
import type { IntakeResult } from '../intake/intake-result.js';
import type { ChatRow } from './telegram-chats.repository.js';
import type { MessageRow } from './telegram-messages.repository.js';
import { carriedOut } from './telegram-outcomes.js';

const ROW = { id: 9, text: 'x'.repeat(5_000) } as MessageRow;
const CHAT = { title: 'Alpha', source: 'desk' } as ChatRow;
const READING = readSignalText('LONG BTCUSDT\nEntry: 100\nTP: 110\nSL: 90');
const DONE: IntakeResult = { outcome: 'done', code: null, message: 'Signal posted', signalIds: [4], steps: [] };
const step = { signalId: 4, change: 'CLOSE', code: 'X', message: 'too late' } as const;

it.each<[string, Partial<IntakeResult>, string | undefined, string, boolean]>([
  ['what was done', {}, undefined, 'UPDATE', false],
  ['what needs nothing', { outcome: 'nothing', code: 'ALREADY_SO' }, undefined, 'UPDATE', false],
  ['a refusal', { outcome: 'refused', code: 'NO_SIGNAL', message: 'none', signalIds: [] }, undefined, 'REFUSED', true],
  ['a source that staff disabled', { outcome: 'refused', code: 'SOURCE_DISABLED' }, undefined, 'REFUSED', false],
  ['a step that was refused', { steps: [{ ...step, outcome: 'refused' }] }, undefined, 'UPDATE', true],
  ['what an edit cannot do', {}, 'lost', 'UPDATE', true],
])('%s', (_name, change, lost, verdict, isTold) => {
  const { judgement, notice } = carriedOut(ROW, CHAT, READING, { ...DONE, ...change }, 'UPDATE', lost);
  expect(judgement.verdict).toBe(verdict);
  expect(notice !== undefined).toBe(isTold);
  expect(notice?.lines.join('').length ?? 0).toBeLessThan(1_000);
});
