/**
 * What an administrator reads who sends a text in private: how it would be read. Keeps: nothing is carried out.
 */
import type { Change, ChangeIntent, EnterIntent } from '../../domain/intent/intent.js';
import { readSignalText, type TextReading } from '../../domain/signal-text/read-signal-text.js';
import type { Handled } from './telegram-handler.js';

export function dryRun(text: string): Handled {
  const reading = readSignalText(text);
  const lines = [...linesOf(reading), 'Nothing is traded: this is only how it is read.'];
  const code = reading.kind === 'noise' ? reading.why : reading.kind.toUpperCase();
  return { judgement: { verdict: 'DRY_RUN', code, reading: { ...reading } }, answer: { lines } };
}

function linesOf(reading: TextReading): string[] {
  switch (reading.kind) {
    case 'noise':
      return [`No signal: ${reading.why}`];
    case 'refused':
      return [`Refused: ${reading.reasons.map(({ code }) => code).join(', ')}`, reading.question];
    case 'signal':
      return [...tradeLines(reading.intent), `Confidence of the reading: ${reading.confidence}%`];
    case 'update':
      return [...changeLines(reading.intent), `Confidence of the reading: ${reading.confidence}%`];
  }
}

function tradeLines({ symbol, side, entry, targets, stopLoss, leverage, plan }: EnterIntent): string[] {
  const more = Object.entries(plan).map(([field, value]) => `${field}: ${shown(value)}`);
  return [
    `A signal: ${symbol} ${side}`,
    `Entry: ${entry ?? 'market'}`,
    `Targets: ${targets.length === 0 ? 'none' : targets.join(', ')}`,
    `Stop loss: ${stopLoss ?? 'none'}`,
    ...(leverage === null ? [] : [`Leverage: ${leverage}x`]),
    ...more,
  ];
}

function changeLines({ about, changes }: ChangeIntent): string[] {
  const { symbol, side, ref } = about;
  const which = [symbol, side, ref].filter((word) => word !== undefined).join(' ');
  return [`An update of ${which === '' ? 'the signal that it answers' : which}`, ...changes.map(changeLine)];
}

function changeLine({ kind, ...more }: Change): string {
  return Object.keys(more).length === 0 ? kind : `${kind}: ${Object.values(more).map(shown).join(' ')}`;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
