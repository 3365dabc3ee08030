/** What callers send of alerts. */
import { DIALECTS, type DialectCode } from '../../domain/alerts/alert.js';
import { MAX_BODY } from '../../domain/alerts/body.js';
import { ON_GAP, ON_OPPOSITE, ON_SAME_SIDE } from '../../domain/alerts/held.js';
import { ChoiceField, IntegerField, TextField, TextListField, TimeField } from '../../platform/http/fields.js';
import { PageQuery } from '../../platform/http/paging.js';
import { IdParam } from '../../platform/http/params.js';
import { ALERT_VERDICTS, type AlertVerdict } from './alert.entity.js';

export class SourceIdParam {
  @IntegerField({ fromText: true, min: 1, example: 7 })
  source_id: number;
}

export class AlertIdParam extends IdParam {}

export class ListAlertsQuery extends PageQuery {
  @IntegerField({ required: false, fromText: true, min: 1, example: 7, description: 'Of one source' })
  source_id?: number;

  @ChoiceField(ALERT_VERDICTS, { required: false, example: 'REFUSED' })
  verdict?: AlertVerdict;

  @TextField({ required: false, max: 60, upper: true, example: 'BTCUSDT' })
  symbol?: string;

  @TimeField({ required: false, example: '2026-01-31T00:00:00Z', description: 'Received at or after' })
  from?: string;

  @TimeField({ required: false, example: '2026-02-01T00:00:00Z', description: 'Received before' })
  to?: string;
}

export class ListAddressesQuery {
  @IntegerField({ required: false, fromText: true, min: 1, example: 7, description: 'Of one source' })
  source_id?: number;
}

export class MakeAddressBody {
  @IntegerField({ required: false, min: 1, example: 7, description: 'Without it the provider’s own source' })
  source_id?: number;

  @TextField({
    required: false,
    max: 80,
    pattern: /^[^\p{Cc}]+$/u,
    rule: 'must be one line',
    example: 'BTC 4h on TradingView',
  })
  label?: string;

  @TextField({
    required: false,
    max: 60,
    pattern: /^(?!vza_)[A-Za-z0-9][\w .-]*$/,
    rule: 'must be letters, digits, blanks, - _ and .',
    example: 'my-strategy',
    description:
      'Takes alerts at POST /webhook/NAME as well; needs a secret or addresses, because names can be guessed',
  })
  old_name?: string;

  @TextField({
    required: false,
    min: 8,
    max: 200,
    example: 'something long that nobody guesses',
    description: 'What each alert must show in its body; stored as a hash',
  })
  secret?: string;

  @TextListField({
    required: false,
    maxItems: 50,
    example: ['tradingview', '203.0.113.0/24'],
    description: 'Where alerts may come from: addresses, networks, or tradingview; without it anywhere',
  })
  addresses?: string[];
}

export class AlertRulesBody {
  @ChoiceField(DIALECTS, {
    required: false,
    nullable: true,
    example: 'plain',
    description: 'null: found out for each alert',
  })
  dialect?: DialectCode | null;

  @TextField({
    required: false,
    nullable: true,
    max: 60,
    upper: true,
    example: 'BTCUSDT',
    description: 'For alerts that name none',
  })
  symbol?: string | null;

  @IntegerField({
    required: false,
    nullable: true,
    min: 1,
    max: 86_400,
    example: 60,
    description: 'An alert older than that enters nothing, unless it brings a lag of its own; null for no limit',
  })
  max_lag_seconds?: number | null;

  @IntegerField({
    required: false,
    min: 0,
    max: 3_600,
    example: 1,
    description: 'How long an equal body without time or id is the same alert',
  })
  repeat_seconds?: number;

  @ChoiceField(ON_OPPOSITE, { required: false, example: 'reverse', description: 'A signal on the other side' })
  on_opposite?: (typeof ON_OPPOSITE)[number];

  @ChoiceField(ON_SAME_SIDE, {
    required: false,
    example: 'refuse',
    description: 'Another entry on the side that is held',
  })
  on_same_side?: (typeof ON_SAME_SIDE)[number];

  @ChoiceField(ON_GAP, {
    required: false,
    example: 'catch_up',
    description: 'An entry after alerts that did not arrive',
  })
  on_gap?: (typeof ON_GAP)[number];
}

export class TryAlertBody {
  @TextField({
    max: MAX_BODY,
    raw: true,
    example: '{"ticker":"BTCUSDT","action":"buy"}',
    description: 'The body as it would be sent',
  })
  body: string;

  @IntegerField({ required: false, min: 1, example: 7, description: 'By the rules of this source' })
  source_id?: number;
}
