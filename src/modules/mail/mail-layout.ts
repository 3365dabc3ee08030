/**
 * The one layout of all mails: a greeting, paragraphs, perhaps a button, perhaps rows of facts, a footer; as HTML and as
 * the same in plain text.
 * Keeps: everything that comes in is escaped, links are http or https; no picture, script or style from elsewhere, so
 * that nothing is loaded when a mail is opened.
 */
import type { OutgoingMessage } from '../../ports/notification-channel.js';

export interface MailContent {
  readonly subject: string;
  /** Whose name the greeting says; none where it is not known. */
  readonly name?: string;
  readonly paragraphs: readonly string[];
  readonly action?: { readonly label: string; readonly link: string };
  /** Names and values, shown as a table. */
  readonly facts?: readonly (readonly [name: string, value: string])[];
  /** What stands after everything, such as what to do about it. */
  readonly closing?: readonly string[];
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

const PRODUCT = 'VerzekAutoTrader';

const BODY =
  'margin:0;padding:24px 12px;background:#f3f4f6;color:#111827;font-family:Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5';
const CARD = 'max-width:560px;margin:0 auto;padding:24px;background:#ffffff;border-radius:8px';
const BUTTON =
  'display:inline-block;padding:12px 20px;background:#1d4ed8;color:#ffffff;text-decoration:none;border-radius:6px;font-weight:bold';
const SMALL = 'max-width:560px;margin:12px auto 0;color:#6b7280;font-size:13px';

const END = '</body></html>';

export function composeMail(content: MailContent): OutgoingMessage {
  const { subject, name = '', paragraphs, action, facts = [], closing = [] } = content;
  if (action !== undefined && !/^https?:\/\//.test(action.link)) throw new Error('a mail links to the web only');
  const greeting = name === '' ? 'Hello,' : `Hello ${oneLine(name)},`;
  return {
    subject: oneLine(subject),
    text: textOf([greeting, ...paragraphs], action?.link, facts, closing),
    html: htmlOf(oneLine(subject), [greeting, ...paragraphs], content),
  };
}

/** The mail with its own way out: a line at its end, and the header that mail programs make a button of. */
export function withUnsubscribe(message: OutgoingMessage, link: string): OutgoingMessage {
  const line = `<p style="${SMALL}"><a href="${escapeHtml(link)}">Do not send me mails like this any more</a></p>`;
  return {
    ...message,
    text: `${message.text}\nDo not send me mails like this any more: ${link}\n`,
    ...(message.html === undefined ? {} : { html: message.html.replace(END, `${line}${END}`) }),
    unsubscribeUrl: link,
  };
}

function textOf(
  lines: readonly string[],
  link: string | undefined,
  facts: NonNullable<MailContent['facts']>,
  closing: readonly string[],
): string {
  const table = facts.map(([fact, value]) => `${fact}: ${value}`).join('\n');
  const parts = [...lines, link ?? '', table, ...closing].filter((part) => part !== '');
  return `${parts.join('\n\n')}\n\n${PRODUCT}\n`;
}

function htmlOf(subject: string, lines: readonly string[], { action, facts = [], closing = [] }: MailContent): string {
  const paragraph = (text: string) => `<p>${escapeHtml(text)}</p>`;
  const button =
    action === undefined
      ? ''
      : `<p><a style="${BUTTON}" href="${escapeHtml(action.link)}">${escapeHtml(action.label)}</a></p>`;
  const rows = facts.map(
    ([fact, value]) =>
      `<tr><td style="padding:4px 16px 4px 0;color:#6b7280">${escapeHtml(fact)}</td><td style="padding:4px 0">${escapeHtml(value)}</td></tr>`,
  );
  const table = rows.length === 0 ? '' : `<table role="presentation">${rows.join('')}</table>`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(subject)}</title></head><body style="${BODY}"><div style="${CARD}"><h1 style="margin:0 0 16px;font-size:20px">${escapeHtml(subject)}</h1>${lines.map(paragraph).join('')}${button}${table}${closing.map(paragraph).join('')}</div><p style="${SMALL}">${PRODUCT}</p>${END}`;
}

/** A name or subject with a line break in it would begin a header or a paragraph of its own. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
