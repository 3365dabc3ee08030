/** The failures of announcements. */
import { errorsOf } from '../../../platform/errors/app-error.js';

export const announcementError = errorsOf({
  ANNOUNCEMENT_NOT_FOUND: { kind: 'not_found', message: 'There is no such announcement' },
  ANNOUNCEMENT_STATE: { kind: 'conflict', message: 'In its state this cannot be done with the announcement' },
  ANNOUNCEMENT_CHANGED: { kind: 'conflict', message: 'The announcement is not the one you have read: read it again' },
  SECOND_PERSON_NEEDED: {
    kind: 'not_allowed',
    message: 'Another administrator than those who wrote and submitted it has to approve it',
  },
  GROUP_NOT_CONFIGURED: { kind: 'refused', message: 'A group has no chat: set its id in the settings' },
});
