/**
 * What people are told of, by which ways, and what counts where they have chosen nothing.
 * Keeps: what guards an account or proves a payment cannot be switched off; a choice that was never made is the default,
 * so a default that changes reaches everybody who left it alone.
 */

export const NOTIFICATION_EVENTS = [
  'signal',
  'signal_update',
  'trade_start',
  'trade_target',
  'trade_stop',
  'trade_end',
  'login_alert',
  'receipt',
  'plan_expiry',
  'daily_summary',
  'announcement',
  'support',
] as const;
export type NotificationEvent = (typeof NOTIFICATION_EVENTS)[number];

/** `digest`: gathered into one mail at the time the user chose. */
export const MAIL_CHOICES = ['off', 'instant', 'digest'] as const;
export type MailChoice = (typeof MAIL_CHOICES)[number];

export interface Ways {
  readonly in_app: boolean;
  readonly push: boolean;
  readonly email: MailChoice;
}

/** By event, what a user chose; whatever is missing is the default. */
export type Choices = Readonly<Partial<Record<NotificationEvent, Partial<Ways>>>>;

const APP_AND_PHONE: Ways = { in_app: true, push: true, email: 'off' };
const APP_ONLY: Ways = { in_app: true, push: false, email: 'off' };
const APP_AND_MAIL: Ways = { in_app: true, push: false, email: 'instant' };
const EVERY_WAY: Ways = { in_app: true, push: true, email: 'instant' };

const DEFAULTS: Readonly<Record<NotificationEvent, Ways>> = {
  signal: APP_AND_PHONE,
  signal_update: APP_ONLY,
  trade_start: APP_AND_PHONE,
  trade_target: APP_AND_PHONE,
  trade_stop: APP_AND_PHONE,
  trade_end: APP_AND_PHONE,
  login_alert: EVERY_WAY,
  receipt: EVERY_WAY,
  plan_expiry: EVERY_WAY,
  daily_summary: APP_ONLY,
  announcement: APP_AND_PHONE,
  support: APP_AND_MAIL,
};

/** In the app and by mail, whatever is chosen, also where all notifications are off. */
const MANDATORY: ReadonlySet<NotificationEvent> = new Set(['login_alert', 'receipt']);

/** What must not wait for the end of quiet hours. */
const URGENT: ReadonlySet<NotificationEvent> = new Set(['login_alert']);

/** Their mails are written by those who cause them, with more than a line; here only whether they go out is decided. */
const MAILED_ELSEWHERE: ReadonlySet<NotificationEvent> = new Set(['login_alert', 'receipt', 'plan_expiry']);

export const isMandatory = (event: NotificationEvent): boolean => MANDATORY.has(event);
export const isUrgent = (event: NotificationEvent): boolean => URGENT.has(event);
export const isMailedElsewhere = (event: NotificationEvent): boolean => MAILED_ELSEWHERE.has(event);

const NOTHING: Ways = { in_app: false, push: false, email: 'off' };

/** By which ways a user hears of an event. `isEnabled` is the switch over all notifications. */
export function waysOf(event: NotificationEvent, choices: Choices, isEnabled: boolean): Ways {
  if (!isEnabled && !isMandatory(event)) return NOTHING;
  const chosen = { ...DEFAULTS[event], ...choices[event] };
  if (!isMandatory(event)) return chosen;
  return { in_app: true, push: isEnabled && chosen.push, email: 'instant' };
}
