/**
 * What reading and carrying out a post come to: its verdict, and what administrators are told of it.
 * Keeps: pure; refusals are told, what was done or needs nothing is not, and neither is what staff themselves switched off.
 */
import type { StaffNotice } from '../../domain/notification/staff-notice.js';
import type { RefusedText, TextReading } from '../../domain/signal-text/read-signal-text.js';
import type { IntakeResult } from '../intake/intake-result.js';
import type { ChatRow } from './telegram-chats.repository.js';
import type { Handled } from './telegram-handler.js';
import type { MessageRow } from './telegram-messages.repository.js';

const LONGEST_QUOTE = 600;

/** Refusals that say what administrators have decided. */
const KNOWN: ReadonlySet<string> = new Set(['SOURCE_DISABLED']);

/** Not understood well enough to trade on. */
export function asked(row: MessageRow, chat: ChatRow, reading: RefusedText): Handled {
  const code = reading.reasons[0]?.code ?? 'UNCLEAR';
  return {
    judgement: { verdict: 'REFUSED', code, reading: { ...reading } },
    notice: noticeOf(row, chat, reading.question),
  };
}

/** Understood, and not carried out. `signalId`: what it is about. */
export function refusal(
  row: MessageRow,
  chat: ChatRow,
  reading: TextReading,
  code: string,
  sentence: string,
  signalId: number | null = null,
): Handled {
  return {
    judgement: { verdict: 'REFUSED', code, reading: { ...reading }, signalId },
    notice: noticeOf(row, chat, sentence),
  };
}

/** `lost`: what could not be carried out besides. */
export function carriedOut(
  row: MessageRow,
  chat: ChatRow,
  reading: TextReading,
  result: IntakeResult,
  done: 'SIGNAL' | 'UPDATE',
  lost?: string,
): Handled {
  const { outcome, code, message, signalIds, steps } = result;
  const refused = steps.filter((step) => step.outcome === 'refused').map((step) => step.message);
  const complaints = [
    ...new Set([...(outcome === 'refused' ? [message] : refused), ...(lost === undefined ? [] : [lost])]),
  ];
  const isTold = complaints.length > 0 && !KNOWN.has(code ?? '');
  return {
    judgement: {
      verdict: outcome === 'refused' ? 'REFUSED' : done,
      code,
      reading: { ...reading },
      result: { outcome, code, message, signal_ids: signalIds, steps },
      signalId: signalIds[0] ?? null,
    },
    ...(isTold ? { notice: noticeOf(row, chat, complaints.join(' ')) } : {}),
  };
}

function noticeOf(row: MessageRow, chat: ChatRow, sentence: string): StaffNotice {
  const quote = row.text.length > LONGEST_QUOTE ? `${row.text.slice(0, LONGEST_QUOTE)}…` : row.text;
  const where = `${chat.title} (${chat.source ?? ''}), message #${row.id}`;
  return { title: '❓ A post was not carried out', lines: [where, sentence, '', quote] };
}
