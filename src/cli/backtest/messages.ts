/**
 * A channel's history as dated intents: what following it would have meant.
 * Keeps: texts are read by the reader of live channels, in the order of their times; a reply is about the message that it
 * answers; what is noise or unclear does nothing and is counted.
 */
import type { DatedIntent } from '../../domain/backtest/run.js';
import type { Intent, IntentTarget } from '../../domain/intent/intent.js';
import { readSignalText } from '../../domain/signal-text/read-signal-text.js';
import { textOf } from './files.js';

export interface ReadMessages {
  readonly said: readonly DatedIntent[];
  /** How many messages were what; sorted. */
  readonly counts: Readonly<Record<string, number>>;
}

interface Message {
  readonly at: number;
  readonly id: string;
  readonly text: string;
  readonly replyTo: string | undefined;
}

/** @throws TypeError with a sentence for the first line that is no message. */
export function readMessages(path: string, symbols: ReadonlySet<string>): ReadMessages {
  const lines = textOf(path).split('\n');
  const messages = lines.flatMap((line, index) => (line.trim() === '' ? [] : [messageOf(line, index + 1, path)]));
  const earlier = new Map<string, IntentTarget & { readonly text: string }>();
  const counts = new Map<string, number>();
  const said: DatedIntent[] = [];
  for (const { at, id, text, replyTo } of messages.sort((a, b) => a.at - b.at)) {
    const answered = replyTo === undefined ? undefined : earlier.get(replyTo);
    const reading = readSignalText(text, answered === undefined ? {} : { replyTo: answered });
    const kind = kindOf(reading, symbols);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    if (reading.kind !== 'signal' && reading.kind !== 'update') continue;
    const intent: Intent = reading.kind === 'signal' ? { ...reading.intent, ref: `message:${id}` } : reading.intent;
    earlier.set(id, { ...targetOf(intent), text });
    if (kind === reading.kind) said.push({ at, intent });
  }
  return { said, counts: Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1))) };
}

function kindOf(reading: ReturnType<typeof readSignalText>, symbols: ReadonlySet<string>): string {
  if (reading.kind === 'noise') return `noise: ${reading.why}`;
  if (reading.kind === 'refused') return `refused: ${reading.reasons.map(({ code }) => code).join(', ')}`;
  const symbol = reading.intent.kind === 'ENTER' ? reading.intent.symbol : reading.intent.about.symbol;
  return symbol === undefined || symbols.has(symbol) ? reading.kind : 'without candles of its symbol';
}

/** What a reply to the message that said this is about. */
function targetOf(intent: Intent): IntentTarget {
  if (intent.kind === 'CHANGE') return intent.about;
  const { ref, symbol, side } = intent;
  return { symbol, side, ...(ref === null ? {} : { ref }) };
}

function messageOf(line: string, number: number, path: string): Message {
  const wrong = (rule: string) => new TypeError(`${path}: line ${number} ${rule}.`);
  let given: Record<string, unknown>;
  try {
    given = Object(JSON.parse(line)) as Record<string, unknown>;
  } catch {
    throw wrong('is not JSON');
  }
  const at = typeof given.at === 'number' ? given.at : typeof given.at === 'string' ? Date.parse(given.at) : NaN;
  if (!Number.isFinite(at)) throw wrong('has no "at": a time such as 2025-01-31T08:00:00Z, or milliseconds');
  if (typeof given.text !== 'string') throw wrong('has no "text"');
  const name = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? String(value) : undefined);
  return { at, text: given.text, id: name(given.id) ?? `line ${number}`, replyTo: name(given.reply_to) };
}
