/**
 * Every kind of mail with made-up facts, to look at: `npm run mails:preview` writes them into a folder. Needs no database.
 */
import type { DailyFigures } from '../domain/report/daily-report.js';
import { emailChangeMail, noticeMail, resetMail, verificationMail, welcomeMail } from '../modules/auth/auth-mails.js';
import { composeMail, withUnsubscribe } from '../modules/mail/mail-layout.js';
import { digestMail } from '../modules/notifications/digests.service.js';
import { summaryTelling } from '../modules/notifications/texts.js';
import {
  endedMail,
  endingMail,
  receiptMail,
  refundedMail,
  refusedMail,
  reviewMail,
  underpaidMail,
} from '../modules/payments/payment-mails.js';
import { repliedMail } from '../modules/support/support-mails.js';
import type { OutgoingMessage } from '../ports/notification-channel.js';

const LINK = 'https://api.example.com/api/auth/verify-email?token=example';
const UNSUBSCRIBE = 'https://api.example.com/api/notifications/unsubscribe?token=example';
const UNTIL = new Date('2026-03-02T12:00:00Z');

const FIGURES: DailyFigures = {
  total_trades: 7,
  winning_trades: 5,
  losing_trades: 2,
  win_rate_pct: '71.43',
  total_pnl_usdt: '12.84',
  total_profit_pct: '31.2',
  average_profit_pct: '4.46',
  fees_usdt: '1.07',
  tp_hits: 9,
  sl_hits: 2,
  best: { position_id: 4, symbol: 'BTCUSDT', side: 'LONG', pnl_usdt: '6.1', profit_pct: '12.2' },
  worst: { position_id: 9, symbol: 'SOLUSDT', side: 'SHORT', pnl_usdt: '-2.4', profit_pct: '-4.8' },
  symbols: [],
};

/** By name of the kind, for a user called `name`. */
export function mailPreviews(name: string): Readonly<Record<string, OutgoingMessage>> {
  const alert = [
    ['Device', 'Firefox on Linux'],
    ['Address', '203.0.113.9'],
    ['Time', UNTIL.toISOString()],
  ] as const;
  const left = (message: OutgoingMessage) => withUnsubscribe(message, UNSUBSCRIBE);
  const summary = summaryTelling({ id: 1, user_id: 17, day: '2026-01-31', report: FIGURES }).mail?.(name);
  const lines = [{ id: 1, user_id: 17, title: 'Trade closed: BTCUSDT', body: 'Result +6.1 USDT (+12.2 %)' }];
  return {
    verification: verificationMail(name, LINK, 15),
    reset: resetMail(name, LINK, 15),
    welcome: welcomeMail(name),
    'address-change': emailChangeMail(name, 'Your address is to become ada@example.com. Confirm it here:', LINK, 60),
    'login-alert': noticeMail(
      'New sign-in to your account',
      name,
      'Your account was signed in to from a new device.',
      alert,
    ),
    notice: noticeMail('Your password was changed', name, 'The password of your account was changed.'),
    receipt: receiptMail(name, 'PAY-2026-000017', 'PREMIUM', '120', UNTIL),
    underpaid: underpaidMail(name, 'PAY-2026-000017', '20', '20.37'),
    review: reviewMail(name, 'PAY-2026-000017'),
    refused: refusedMail(name, 'PAY-2026-000017', 'the transfer went to another wallet'),
    refunded: refundedMail(name, 'PAY-2026-000017', '120'),
    support: repliedMail(name, 'My payment', 'It is here.\nThank you for waiting.'),
    expiry: left(endingMail(name, 'PREMIUM', UNTIL, 3)),
    expired: left(endedMail(name, 'PREMIUM')),
    ...(summary === undefined ? {} : { 'daily-summary': left(summary) }),
    digest: left(digestMail(name, 'daily', lines)),
    notification: left(
      composeMail({
        subject: 'New signal: BTCUSDT LONG',
        name,
        paragraphs: ['Entry 70000, targets 70500, stop 69500'],
      }),
    ),
  };
}
