import fc from 'fast-check';
import {
  ANNOUNCEMENT_ACTS,
  ANNOUNCEMENT_STATES,
  type AnnouncementAct,
  announcementAfter,
  type AnnouncementState,
  mayApprove,
  needsApproval,
} from './announcement.js';
import { PUSH_LENGTH, shortened } from './shortened.js';

describe('announcements', () => {
  it('are sent only after they were scheduled, and what has ended stays so', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...ANNOUNCEMENT_ACTS), { maxLength: 12 }), (acts) => {
        let state: AnnouncementState = 'DRAFT';
        const done: AnnouncementAct[] = [];
        for (const act of acts) {
          const next = announcementAfter(state, act);
          if (state === 'SENT' || state === 'CANCELLED') expect(next).toBeUndefined();
          if (next === undefined) continue;
          done.push(act);
          state = next;
        }
        if (state !== 'SENDING' && state !== 'SENT') return;
        const begun = done.indexOf('begin');
        expect(['schedule', 'approve']).toContain(done[begun - 1]);
        // Once asked for, approval is not passed by, unless the message went back to its author.
        const asked = done.lastIndexOf('ask', begun);
        if (asked > done.lastIndexOf('refuse', begun)) expect(done.slice(asked, begun)).toContain('approve');
      }),
    );
  });

  it('can be cancelled until they are being sent', () => {
    const open = ANNOUNCEMENT_STATES.filter((state) => announcementAfter(state, 'cancel') !== undefined);
    expect(open).toEqual(['DRAFT', 'WAITING', 'SCHEDULED']);
  });

  it('need a second person for any group and for many people, never the one who wrote or submitted', () => {
    expect(needsApproval({ groups: [], people: 100 }, 100)).toBe(false);
    expect(needsApproval({ groups: [], people: 101 }, 100)).toBe(true);
    expect(needsApproval({ groups: ['TRIAL'], people: 0 }, 100)).toBe(true);
    const authors = { authorId: 1, submittedById: 2 };
    expect([1, 2, 3].map((id) => mayApprove(authors, id))).toEqual([false, false, true]);
  });

  it('are cut for phones between characters', () => {
    expect(shortened('short', PUSH_LENGTH)).toBe('short');
    const long = shortened('🟢'.repeat(PUSH_LENGTH + 1), PUSH_LENGTH);
    expect([...long]).toHaveLength(PUSH_LENGTH);
    expect(long.endsWith('🟢…')).toBe(true);
  });
});
