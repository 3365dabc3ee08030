/**
 * `/api/notifications/unsubscribe`: leaving a kind of mail by its link, without signing in.
 * Keeps: a GET changes nothing, so that programs which open links in mails unsubscribe nobody; the button of a mail
 * program (RFC 8058) posts.
 */
import { Body, Controller, Get, Header, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Database } from '../../platform/database/database.js';
import { Allow, OpenInMaintenance } from '../../platform/http/access.js';
import { AnswersMessage, AnswersPage, Fails } from '../../platform/openapi/answers.js';
import { escapeHtml } from '../mail/mail-layout.js';
import { type Subscription, UnsubscribeLinks } from '../mail/unsubscribe-links.js';
import { UnsubscribeBody, UnsubscribePostQuery, UnsubscribeQuery } from './notifications.dto.js';
import { notificationError } from './notifications.errors.js';
import { PreferencesRepository } from './preferences.repository.js';

const HTML = 'text/html; charset=utf-8';
const DONE = 'You will get no more mails of this kind';

@ApiTags('Notifications')
@Controller('notifications/unsubscribe')
@OpenInMaintenance()
@Allow('public')
export class UnsubscribeController {
  constructor(
    private readonly links: UnsubscribeLinks,
    private readonly preferences: PreferencesRepository,
    private readonly database: Database,
  ) {}

  @Get()
  @Header('Content-Type', HTML)
  @Header('Referrer-Policy', 'no-referrer')
  @ApiOperation({ summary: 'The page behind the link at the end of a mail' })
  @AnswersPage()
  @Fails(notificationError, 'LINK_INVALID')
  page(@Query() { token }: UnsubscribeQuery): string {
    const { event } = this.#read(token);
    const form = `<form method="post" action="/api/notifications/unsubscribe"><input type="hidden" name="token" value="${escapeHtml(token)}"><button>Stop these mails</button></form>`;
    return pageOf('Stop mails', `<p>Mails about: ${escapeHtml(event.replace('_', ' '))}</p>${form}`);
  }

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Stop the mails that a link is for' })
  @AnswersMessage(DONE)
  @Fails(notificationError, 'LINK_INVALID')
  async stop(
    @Query() query: UnsubscribePostQuery,
    @Body() body: UnsubscribeBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { userId, event } = this.#read(body.token ?? query.token ?? '');
    await this.database.transaction(async () => {
      if (event === 'digest') await this.preferences.stopDigest(userId);
      else await this.preferences.stopMail(userId, event);
    });
    if (!(request.headers.accept ?? '').includes('text/html')) return { ok: true, message: DONE };
    void reply.header('Content-Type', HTML);
    return pageOf(DONE, '');
  }

  #read(token: string): Subscription {
    const subscription = this.links.read(token);
    if (subscription === undefined) throw notificationError('LINK_INVALID');
    return subscription;
  }
}

function pageOf(title: string, body: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title><body style="font-family:sans-serif;max-width:28rem;margin:4rem auto;padding:0 1rem">
<h1>${escapeHtml(title)}</h1>${body}</body></html>`;
}
