/** The pages that links of mails lead to: a form, and what it says when it is done. Everything foreign is escaped. */
import { escapeHtml } from '../mail/mail-layout.js';

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
