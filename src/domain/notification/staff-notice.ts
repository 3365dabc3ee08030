/**
 * Something that administrators should read, once: whoever finds it out enqueues it, broadcasting tells it.
 * Keeps: the work's key names it, so what is found twice is told once.
 */

export const STAFF_NOTICE_QUEUE = 'staff.notice';

export interface StaffNotice {
  /** The first line. */
  readonly title: string;
  readonly lines: readonly string[];
}
