/**
 * `/api/webhooks`: where one's own programs are told of payments; administrators may hear of everybody's.
 */
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ArrayMinSize } from 'class-validator';
import { Allow, CurrentUser, StepUp } from '../../platform/http/access.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { ChoiceField, IntegerField, TextField, TextListField } from '../../platform/http/fields.js';
import { PageQuery, pageOf } from '../../platform/http/paging.js';
import { IdParam } from '../../platform/http/params.js';
import { limitError } from '../../platform/http/rate-limits.js';
import { Answers, AnswersMessage, Fails } from '../../platform/openapi/answers.js';
import { oneOf, orNull } from '../../platform/openapi/shape.js';
import { PAYMENT_EVENT_TYPES, type PaymentEventType } from '../payments/payment-work.js';
import { WEBHOOK_DELIVERY_STATUSES } from './webhook-delivery.entity.js';
import { WEBHOOK_SCOPES, type WebhookScope } from './webhook-endpoint.entity.js';
import { webhookError } from './webhooks.errors.js';
import type { DeliveryRow, EndpointRow } from './webhooks.repository.js';
import { Webhooks } from './webhooks.service.js';

const TIME = '2026-01-31T12:00:00.000Z';

const EVENT_ID = 'evt_3f2b1c0d9e8f7a6b5c4d3e';

const SHAPE = {
  id: 3,
  url: 'https://hooks.example.com/verzek',
  events: ['payment.paid'],
  scope: oneOf(...WEBHOOK_SCOPES),
  is_enabled: true,
  failures: 0,
  disabled_at: orNull(TIME),
  disabled_reason: '',
  previous_secret_until: orNull(TIME),
  created_at: TIME,
};

const DELIVERY = {
  id: 41,
  event_id: EVENT_ID,
  event: 'payment.paid',
  status: oneOf(...WEBHOOK_DELIVERY_STATUSES),
  attempts: 1,
  response_status: orNull(200),
  last_error: '',
  created_at: TIME,
  finished_at: orNull(TIME),
};

export class MakeWebhookBody {
  @TextField({
    max: 500,
    example: 'https://hooks.example.com/verzek',
    description: 'An https address of the public internet',
  })
  url: string;

  @TextListField({
    maxItems: PAYMENT_EVENT_TYPES.length,
    pattern: new RegExp(`^(${PAYMENT_EVENT_TYPES.map((type) => type.replace('.', '[.]')).join('|')})$`),
    rule: `must be some of ${PAYMENT_EVENT_TYPES.join(', ')}`,
    example: ['payment.paid', 'payment.refunded'],
    description: `Some of ${PAYMENT_EVENT_TYPES.join(', ')}`,
  })
  @ArrayMinSize(1, { message: 'must name at least one event' })
  events: PaymentEventType[];

  @ChoiceField(WEBHOOK_SCOPES, {
    required: false,
    example: 'own',
    description: 'own, or all for administrators: everybody’s payments',
  })
  scope?: WebhookScope;
}

export class ReplaceSecretBody {
  @IntegerField({
    required: false,
    min: 0,
    max: 168,
    description: 'How long the secret before signs too; 24 without it',
  })
  overlap_hours?: number;
}

export class DeliveryParam extends IdParam {
  @IntegerField({ fromText: true, min: 1, example: 41 })
  delivery_id: number;
}

@ApiTags('Webhooks')
@ApiBearerAuth()
@Controller('webhooks')
@Allow('signed_in')
export class WebhooksController {
  constructor(private readonly webhooks: Webhooks) {}

  @Get()
  @ApiOperation({ summary: 'Your webhooks, newest first' })
  @Answers({ webhooks: [SHAPE] })
  async list(@CurrentUser() { userId }: UserCaller) {
    return { ok: true, webhooks: (await this.webhooks.list(userId)).map(viewOf) };
  }

  @Post()
  @Allow('verified')
  @StepUp()
  @ApiOperation({
    summary: 'Be told of payments; the secret of its signatures is told here and never again',
    description:
      'Deliveries are POSTs signed as Standard Webhooks say (webhook-id, webhook-timestamp, webhook-signature), at least once.',
  })
  @Answers({ webhook: SHAPE, secret: `whsec_${'x'.repeat(43)}=` })
  @Fails(webhookError, 'WEBHOOK_SCOPE', 'WEBHOOK_LIMIT')
  async make(@Body() { url, events, scope = 'own' }: MakeWebhookBody, @CurrentUser() caller: UserCaller) {
    const { row, secret } = await this.webhooks.make(caller, { url, events, scope });
    return { ok: true, webhook: viewOf(row), secret };
  }

  @Delete(':id')
  @HttpCode(200)
  @ApiOperation({ summary: 'Remove a webhook; what is on its way is not delivered' })
  @AnswersMessage('The webhook is removed')
  @Fails(webhookError, 'WEBHOOK_NOT_FOUND')
  async remove(@Param() { id }: IdParam, @CurrentUser() { userId }: UserCaller) {
    await this.webhooks.remove(userId, id);
    return { ok: true, message: 'The webhook is removed' };
  }

  @Post(':id/enable')
  @HttpCode(200)
  @Allow('verified')
  @ApiOperation({ summary: 'Switch a webhook on that was switched off for its failures' })
  @Answers({ webhook: SHAPE })
  @Fails(webhookError, 'WEBHOOK_NOT_FOUND')
  async enable(@Param() { id }: IdParam, @CurrentUser() { userId }: UserCaller) {
    return { ok: true, webhook: viewOf(await this.webhooks.enable(userId, id)) };
  }

  @Post(':id/secret')
  @HttpCode(200)
  @Allow('verified')
  @StepUp()
  @ApiOperation({
    summary: 'Another secret, told here and never again',
    description: 'Deliveries are signed with both for `overlap_hours`, separated by a blank, as Standard Webhooks say.',
  })
  @Answers({ webhook: SHAPE, secret: `whsec_${'x'.repeat(43)}=` })
  @Fails(webhookError, 'WEBHOOK_NOT_FOUND')
  async replaceSecret(
    @Param() { id }: IdParam,
    @Body() { overlap_hours = 24 }: ReplaceSecretBody,
    @CurrentUser() { userId }: UserCaller,
  ) {
    const { row, secret } = await this.webhooks.replaceSecret(userId, id, overlap_hours);
    return { ok: true, webhook: viewOf(row), secret };
  }

  @Post(':id/deliveries/:delivery_id/redeliver')
  @HttpCode(200)
  @Allow('verified')
  @ApiOperation({
    summary: 'Send once more what was delivered or given up, as it was, under the same id; sixty an hour',
  })
  @AnswersMessage('It is sent again')
  @Fails(webhookError, 'WEBHOOK_NOT_FOUND', 'DELIVERY_NOT_FOUND', 'DELIVERY_PENDING', 'WEBHOOK_OFF')
  @Fails(limitError, 'TOO_MANY_REQUESTS')
  async redeliver(@Param() { id, delivery_id }: DeliveryParam, @CurrentUser() { userId }: UserCaller) {
    await this.webhooks.redeliver(userId, id, delivery_id);
    return { ok: true, message: 'It is sent again' };
  }

  @Post(':id/test')
  @HttpCode(200)
  @Allow('verified')
  @ApiOperation({ summary: 'Send an event `webhook.test`; what came of it stands among the deliveries' })
  @Answers({ event_id: EVENT_ID })
  @Fails(webhookError, 'WEBHOOK_NOT_FOUND', 'WEBHOOK_OFF')
  async test(@Param() { id }: IdParam, @CurrentUser() { userId }: UserCaller) {
    return { ok: true, event_id: await this.webhooks.test(userId, id) };
  }

  @Get(':id/deliveries')
  @ApiOperation({ summary: 'What was sent to a webhook and what came of it, newest first; kept for 30 days' })
  @Answers({ deliveries: [DELIVERY], next_before_id: orNull(41) })
  @Fails(webhookError, 'WEBHOOK_NOT_FOUND')
  async deliveries(
    @Param() { id }: IdParam,
    @Query() { limit = 50, before_id }: PageQuery,
    @CurrentUser() { userId }: UserCaller,
  ) {
    const rows = await this.webhooks.deliveries(userId, id, before_id, limit + 1);
    const { items, next_before_id } = pageOf(rows, limit);
    return { ok: true, deliveries: items.map(deliveryView), next_before_id };
  }
}

function viewOf(row: EndpointRow) {
  return {
    id: row.id,
    url: row.url,
    events: row.events,
    scope: row.scope,
    is_enabled: row.disabled_at === null,
    failures: row.failures,
    disabled_at: row.disabled_at?.toISOString() ?? null,
    disabled_reason: row.disabled_reason,
    previous_secret_until: row.previous_until?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
  };
}

function deliveryView(row: DeliveryRow) {
  const { created_at, finished_at, ...rest } = row;
  return { ...rest, created_at: created_at.toISOString(), finished_at: finished_at?.toISOString() ?? null };
}
