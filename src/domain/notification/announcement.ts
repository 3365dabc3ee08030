/**
 * A message that staff write to many: the states that it goes through as one table, and when a second person must agree.
 * Keeps: pure; what is not in the table cannot happen; SENT and CANCELLED are final; whoever wrote or submitted a message
 * never approves it.
 */

export const ANNOUNCEMENT_STATES = ['DRAFT', 'WAITING', 'SCHEDULED', 'SENDING', 'SENT', 'CANCELLED'] as const;
export type AnnouncementState = (typeof ANNOUNCEMENT_STATES)[number];

/**
 * - `edit`, `cancel`: an administrator's. `schedule`: it is to be sent at its time, nobody else need agree.
 * - `ask`: a second administrator has to agree. `approve`, `refuse`: that administrator's answer.
 * - `begin`, `finish`: the sender's.
 */
export const ANNOUNCEMENT_ACTS = ['edit', 'schedule', 'ask', 'approve', 'refuse', 'cancel', 'begin', 'finish'] as const;
export type AnnouncementAct = (typeof ANNOUNCEMENT_ACTS)[number];

type Row = Readonly<Partial<Record<AnnouncementAct, AnnouncementState>>>;

export const ANNOUNCEMENT_TRANSITIONS: Readonly<Record<AnnouncementState, Row>> = {
  DRAFT: { edit: 'DRAFT', schedule: 'SCHEDULED', ask: 'WAITING', cancel: 'CANCELLED' },
  WAITING: { approve: 'SCHEDULED', refuse: 'DRAFT', cancel: 'CANCELLED' },
  // Asked for at its time as well: meanwhile it may reach more people than one person may write to.
  SCHEDULED: { begin: 'SENDING', ask: 'WAITING', cancel: 'CANCELLED' },
  SENDING: { finish: 'SENT' },
  SENT: {},
  CANCELLED: {},
};

/** Undefined where this cannot happen. */
export function announcementAfter(state: AnnouncementState, act: AnnouncementAct): AnnouncementState | undefined {
  return ANNOUNCEMENT_TRANSITIONS[state][act];
}

/** How many a message is for: groups of a messenger hold people that nobody here can count. */
export interface Reach {
  readonly groups: readonly string[];
  readonly people: number;
}

/** Whether a second administrator has to agree; `above`: people that one may write to alone. */
export function needsApproval({ groups, people }: Reach, above: number): boolean {
  return groups.length > 0 || people > above;
}

export interface Authors {
  readonly authorId: number | null;
  readonly submittedById: number | null;
}

export function mayApprove({ authorId, submittedById }: Authors, approverId: number): boolean {
  return approverId !== authorId && approverId !== submittedById;
}
