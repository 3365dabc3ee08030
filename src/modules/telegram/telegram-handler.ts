/**
 * What handling a message comes to: its verdict, and what is to be said, which are stored together when the work is done.
 */
import type { StaffNotice } from '../../domain/notification/staff-notice.js';
import type { Judgement, MessageRow } from './telegram-messages.repository.js';
import type { Answer } from './telegram-replies.service.js';

export interface Handled {
  readonly judgement: Judgement;
  readonly answer?: Answer;
  /** For the administrators' chat. */
  readonly notice?: StaffNotice;
}

/** Stores what came of a message, in the running transaction, and completes the work. */
export type Finish = (row: MessageRow, handled: Handled) => Promise<void>;

export const ignored = (code: string): Handled => ({ judgement: { verdict: 'IGNORED', code } });
