/** What administrators are told about stops of trading, as plain text and Telegram HTML. */
import type { SafetyEvent } from '../../domain/safety/safety-event.js';
import type { OutgoingMessage } from '../../ports/notification-channel.js';
import { compose, type Line } from './messages.js';

type SwitchEvent = Extract<SafetyEvent, { mode: string }>;

const MODES: Readonly<Record<string, string>> = {
  block_entries: 'no new entries',
  reduce_only: 'exits only',
  flatten: 'exits only, everything is being closed',
};

const BREAKER_STATES: Readonly<Record<string, string>> = {
  open: 'opened: no new entries',
  half_open: 'on trial: a few entries are let in',
  closed: 'closed: entries are let in again',
};

export function safetyMessage(event: SafetyEvent): OutgoingMessage {
  return compose(linesOf(event));
}

function linesOf(event: SafetyEvent): Line[] {
  switch (event.kind) {
    case 'switch_set':
      return [
        { text: `⛔ Trading stopped: ${placeOf(event)}`, bold: true },
        { text: MODES[event.mode] ?? event.mode },
        ...untilOf(event.until),
        ...reasonOf(event.reason),
      ];
    case 'switch_cleared':
      return [{ text: `✅ Trading resumed: ${placeOf(event)}`, bold: true }, ...reasonOf(event.reason)];
    case 'switch_expired':
      return [{ text: `✅ Pause is over: ${placeOf(event)}`, bold: true }];
    case 'flatten_done':
      return [
        { text: '🏁 Everything in the scope of the switch is closed', bold: true },
        { text: `Switch #${event.switch_id}: ${event.closed} of ${event.found} positions closed by it` },
      ];
    case 'breaker': {
      const whose = event.scope === 'platform' ? 'of the platform' : `of ${event.count} account(s)`;
      const state = BREAKER_STATES[event.state] ?? event.state;
      return [
        { text: `⚡ Circuit breaker ${whose} ${state}`, bold: true },
        ...reasonOf(event.reason ?? ''),
        ...untilOf(event.until),
      ];
    }
  }
}

function placeOf({ scope, value }: SwitchEvent): string {
  return scope === 'platform' ? 'the whole platform' : `${scope} ${value}`;
}

function reasonOf(reason: string): Line[] {
  return reason === '' ? [] : [{ text: `Reason: ${reason}` }];
}

function untilOf(until: string | null): Line[] {
  return until === null ? [] : [{ text: `Until: ${until}` }];
}
