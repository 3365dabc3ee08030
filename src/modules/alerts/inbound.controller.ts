/**
 * Where alerts arrive: `POST /api/webhooks/TOKEN`, and `POST /webhook/NAME` for addresses of old.
 * Keeps: any body is taken as the text that it is; the answer says that the alert is stored, never that it was carried out.
 */
import { applyDecorators, Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Allow, OpenInMaintenance, OwnLimit } from '../../platform/http/access.js';
import { TextField } from '../../platform/http/fields.js';
import { TakesText, textBodyOf } from '../../platform/http/text-body.js';
import { Answers, Fails } from '../../platform/openapi/answers.js';
import { AlertReceiver, type Receipt } from './alert-receiver.service.js';
import { RECEIVED } from './alerts.answers.js';
import { alertError } from './alerts.errors.js';

export class TokenParam {
  @TextField({ max: 200, example: 'vza_4fQ2xK…', description: 'The token of the address' })
  token: string;
}

export class NameParam {
  @TextField({ max: 200, example: 'my-strategy', description: 'A name that was given to an address, or its token' })
  name: string;
}

const EXAMPLE = '{"ticker":"BTCUSDT.P","action":"buy","price":64000,"timenow":"2026-01-31T12:00:00Z"}';

/** What both routes are alike in. */
const Inbound = (summary: string) =>
  applyDecorators(
    HttpCode(200),
    Allow('public'),
    OwnLimit(),
    OpenInMaintenance(),
    TakesText(),
    ApiOperation({
      summary,
      description:
        'JSON, text, pairs or form fields in the dialect of whatever sends it (docs/alerts.md). Answered once it is stored; what ' +
        'came of it stands in GET /api/alerts. A body that is no alert is stored with the reason and answered 400.',
    }),
    ApiConsumes('application/json', 'text/plain'),
    ApiBody({ schema: { oneOf: [{ type: 'object' }, { type: 'string' }], example: EXAMPLE } }),
    Answers(RECEIVED),
    Fails(alertError, 'UNKNOWN_ALERT_ADDRESS', 'ALERT_UNUSABLE', 'ALERT_SECRET', 'ALERT_SENDER'),
  );

@ApiTags('Alerts')
@Controller()
export class InboundController {
  constructor(private readonly receiver: AlertReceiver) {}

  @Post('webhooks/:token')
  @Inbound('Take an alert of TradingView or another sender')
  byToken(@Param() { token }: TokenParam, @Req() request: FastifyRequest) {
    return this.#receive(token, request);
  }

  @Post('webhook/:name')
  @Inbound('The same for addresses of old')
  byName(@Param() { name }: NameParam, @Req() request: FastifyRequest) {
    return this.#receive(name, request);
  }

  async #receive(place: string, request: FastifyRequest) {
    const { text, contentType } = textBodyOf(request);
    const userAgent = String(request.headers['user-agent'] ?? '');
    const receipt = await this.receiver.receive({ place, text, contentType, userAgent, address: request.ip });
    return answerOf(receipt);
  }
}

const answerOf = ({ alertId, status }: Receipt) => ({ ok: true, status, alert_id: alertId });
