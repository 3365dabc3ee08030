/** Bodies and queries of the routes of notifications. */
import { type DigestPeriod, DIGEST_PERIODS } from '../../domain/notification/quiet-hours.js';
import { ChoiceField, FlagField, IntegerField, ObjectField, TextField } from '../../platform/http/fields.js';
import { PageQuery } from '../../platform/http/paging.js';

const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;
const rule = 'must be a time such as 22:30';

export class NotificationsQuery extends PageQuery {
  @FlagField({ required: false, fromText: true, example: true, description: 'Only those that are not read' })
  unread?: boolean;
}

export class ReadAllBody {
  @IntegerField({ required: false, min: 1, example: 17, description: 'Up to this one; what came later stays unread' })
  up_to_id?: number;
}

export class NotificationPreferencesBody {
  @ObjectField({
    required: false,
    description: 'By event what changes: in_app, push, and email as off, instant or digest',
    example: { trade_end: { push: true, email: 'digest' } },
  })
  events?: Record<string, unknown>;

  @TextField({ required: false, nullable: true, pattern: TIME, rule, example: '22:00', description: 'null: none' })
  quiet_from?: string | null;

  @TextField({ required: false, nullable: true, pattern: TIME, rule, example: '07:00' })
  quiet_until?: string | null;

  @TextField({ required: false, max: 64, example: 'Europe/Berlin', description: 'Of quiet hours and digests' })
  time_zone?: string;

  @ChoiceField(DIGEST_PERIODS, { required: false, example: 'daily' })
  digest?: DigestPeriod;

  @TextField({ required: false, pattern: TIME, rule, example: '08:00', description: 'When the digest comes' })
  digest_at?: string;
}

export class UnsubscribeQuery {
  @TextField({ min: 10, max: 200, raw: true, example: 'MTcuc2lnbmFs.bWFj' })
  token: string;
}

/** What the page's form posts; programs that follow RFC 8058 post other words and the token in the address. */
export class UnsubscribeBody {
  @TextField({ required: false, min: 10, max: 200, raw: true, example: 'MTcuc2lnbmFs.bWFj' })
  token?: string;
}

export class UnsubscribePostQuery {
  @TextField({ required: false, min: 10, max: 200, raw: true, example: 'MTcuc2lnbmFs.bWFj' })
  token?: string;
}
