/** What a report on a signal is answered with: what came of it, as a sentence, and whether this call did it. */
import type { ReportOutcome } from './signals.service.js';

export function reportAnswer(outcome: ReportOutcome, done: string) {
  return { ok: true, message: messageOf(outcome, done), applied: outcome.isNew };
}

function messageOf(outcome: ReportOutcome, done: string): string {
  switch (outcome.is) {
    case 'done':
      return done;
    case 'accepted':
      return 'Accepted, and being carried out';
    case 'repeated':
      return 'Nothing to do';
    case 'ended':
      return `The signal had already ended (${outcome.status})${outcome.isNew ? '; what it left open was closed' : ''}`;
  }
}
