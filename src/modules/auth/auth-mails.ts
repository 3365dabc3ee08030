/**
 * The mails of signing in, as text and HTML. Everything foreign is escaped.
 */
import type { OutgoingMessage } from '../../ports/notification-channel.js';

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function linkMail(subject: string, name: string, lead: string, link: string, minutes: number): OutgoingMessage {
  const greeting = name === '' ? 'Hello,' : `Hello ${name},`;
  const end = `The link works once, for ${minutes} minutes. If you did not ask for it, ignore this mail.`;
  return {
    subject,
    text: `${greeting}\n\n${lead}\n\n${link}\n\n${end}\n`,
    html: `<p>${escapeHtml(greeting)}</p><p>${escapeHtml(lead)}</p><p><a href="${escapeHtml(link)}">${escapeHtml(subject)}</a></p><p>${escapeHtml(end)}</p>`,
  };
}

export function verificationMail(name: string, link: string, minutes: number): OutgoingMessage {
  return linkMail('Verify your e-mail address', name, 'Please confirm that this address is yours:', link, minutes);
}

export function resetMail(name: string, link: string, minutes: number): OutgoingMessage {
  return linkMail('Reset your password', name, 'Choose a new password here:', link, minutes);
}

export function emailChangeMail(name: string, lead: string, link: string, minutes: number): OutgoingMessage {
  return linkMail('Confirm the new e-mail address', name, lead, link, minutes);
}

/** Tells of an act on the account, and what to do about it. */
export function noticeMail(subject: string, name: string, text: string): OutgoingMessage {
  const greeting = name === '' ? 'Hello,' : `Hello ${name},`;
  const end = 'If this was not you, choose a new password at once and write to us.';
  return {
    subject,
    text: `${greeting}\n\n${text}\n\n${end}\n`,
    html: [greeting, text, end].map((line) => `<p>${escapeHtml(line)}</p>`).join(''),
  };
}

/** A page with one form that posts `fields` to `action`; a plain GET of it changes nothing, so mail scanners are harmless. */
export function formPage(title: string, action: string, token: string, fields: string, extra = ''): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title><body style="font-family:sans-serif;max-width:28rem;margin:4rem auto;padding:0 1rem">
<h1>${escapeHtml(title)}</h1>${extra}
<form method="post" action="${escapeHtml(action)}"><input type="hidden" name="token" value="${escapeHtml(token)}">${fields}
<button>${escapeHtml(title)}</button></form></body></html>`;
}

export function donePage(title: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escapeHtml(title)}</title>
<body style="font-family:sans-serif;max-width:28rem;margin:4rem auto"><h1>${escapeHtml(title)}</h1>
<p><a href="verzek-app://login">Open the app</a></p></body></html>`;
}
