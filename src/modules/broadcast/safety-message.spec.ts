/** What administrators read when trading is stopped. */
import type { SafetyEvent } from '../../domain/safety/safety-event.js';
import { safetyMessage } from './safety-message.js';

const stop = { switch_id: 3, scope: 'symbol', value: 'BTCUSDT', mode: 'flatten', reason: 'a & b', until: null };

describe('what administrators are told of safety', () => {
  it.each<[SafetyEvent, string]>([
    [
      { kind: 'switch_set', ...stop },
      '⛔ Trading stopped: symbol BTCUSDT\nexits only, everything is being closed\nReason: a & b',
    ],
    [
      { kind: 'switch_set', ...stop, scope: 'platform', value: '', mode: 'block_entries', reason: '', until: '2026' },
      '⛔ Trading stopped: the whole platform\nno new entries\nUntil: 2026',
    ],
    [{ kind: 'switch_cleared', ...stop }, '✅ Trading resumed: symbol BTCUSDT\nReason: a & b'],
    [{ kind: 'switch_expired', ...stop }, '✅ Pause is over: symbol BTCUSDT'],
    [
      { kind: 'flatten_done', switch_id: 3, found: 10, closed: 9 },
      '🏁 Everything in the scope of the switch is closed\nSwitch #3: 9 of 10 positions closed by it',
    ],
    [
      { kind: 'breaker', scope: 'account', count: 7, state: 'open', reason: 'LOSING_STREAK', until: '2026' },
      '⚡ Circuit breaker of 7 account(s) opened: no new entries\nReason: LOSING_STREAK\nUntil: 2026',
    ],
    [
      { kind: 'breaker', scope: 'platform', count: 1, state: 'closed', reason: null, until: null },
      '⚡ Circuit breaker of the platform closed: entries are let in again',
    ],
  ])('%j', (event, text) => {
    expect(safetyMessage(event).text).toBe(text);
  });

  it('escapes what people wrote', () => {
    expect(safetyMessage({ kind: 'switch_set', ...stop }).html).toContain('Reason: a &amp; b');
  });
});
