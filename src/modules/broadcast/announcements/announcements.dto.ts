/** What the routes of announcements take. */
import { ANNOUNCEMENT_STATES, type AnnouncementState } from '../../../domain/notification/announcement.js';
import { PLAN_TIERS, type PlanTier } from '../../../domain/subscription/plans.js';
import {
  ChoiceField,
  FlagField,
  IntegerField,
  TextField,
  TextListField,
  TimeField,
} from '../../../platform/http/fields.js';
import { PageQuery } from '../../../platform/http/paging.js';

export const GROUPS = ['VIP', 'TRIAL', 'ADMIN'] as const;

const TITLE = { max: 100, pattern: /^[^\p{Cc}]+$/u, rule: 'must be one line', example: 'Maintenance on Sunday' };
const BODY = { max: 3_000, example: 'From 02:00 to 03:00 UTC trading goes on, but the app does not answer.' };

const GROUP_LIST = {
  maxItems: GROUPS.length,
  upper: true,
  pattern: /^(VIP|TRIAL|ADMIN)$/,
  rule: `must be some of ${GROUPS.join(', ')}`,
  example: ['VIP'],
  description: 'Groups of the messenger',
  required: false,
};

const TIER_LIST = {
  maxItems: PLAN_TIERS.length,
  upper: true,
  pattern: /^(FREE|TRIAL|VIP|PREMIUM)$/,
  rule: `must be some of ${PLAN_TIERS.join(', ')}`,
  example: ['VIP', 'PREMIUM'],
  description: 'People whose plan is one of these when it is sent',
  required: false,
};

const EVERYBODY = { required: false, example: false, description: 'People of every plan' };

export class CreateAnnouncementBody {
  @TextField(TITLE)
  title: string;

  @TextField(BODY)
  body: string;

  @TextListField(GROUP_LIST)
  groups?: string[];

  @TextListField(TIER_LIST)
  tiers?: PlanTier[];

  @FlagField(EVERYBODY)
  everybody?: boolean;
}

export class EditAnnouncementBody {
  @TextField({ ...TITLE, required: false })
  title?: string;

  @TextField({ ...BODY, required: false })
  body?: string;

  @TextListField(GROUP_LIST)
  groups?: string[];

  @TextListField(TIER_LIST)
  tiers?: PlanTier[];

  @FlagField(EVERYBODY)
  everybody?: boolean;
}

export class SubmitBody {
  @TimeField({ required: false, example: '2026-02-01T08:00:00Z', description: 'Without it: at once' })
  send_at?: string;
}

export class ApproveBody {
  @IntegerField({ min: 1, example: 2, description: 'The `version` that you have read' })
  version: number;
}

export class AnnouncementsQuery extends PageQuery {
  @ChoiceField(ANNOUNCEMENT_STATES, { required: false, example: 'WAITING' })
  state?: AnnouncementState;
}
