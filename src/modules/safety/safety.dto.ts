/** Bodies, queries and answers of `/api/safety`. */
import { ApiProperty } from '@nestjs/swagger';
import { TRIP_REASONS } from '../../domain/safety/circuit-breaker.js';
import { SWITCH_MODES, SWITCH_SCOPES, type SwitchMode, type SwitchScope } from '../../domain/safety/switches.js';
import { ChoiceField, FlagField, IntegerField, TextField } from '../../platform/http/fields.js';
import { PageQuery } from '../../platform/http/paging.js';
import type { UserCaller } from '../../platform/http/caller.js';
import type { BreakerRow } from './breakers.repository.js';
import type { SwitchRow } from './switches.repository.js';

/** A pause lasts a week at most; what should last longer is a switch. */
const MAX_PAUSE_MINUTES = 10_080;

const CONFIRM = 'Type KILL: needed for the platform and for mode flatten';

export class ReasonBody {
  @TextField({ required: false, max: 500, example: 'Exchange is down' })
  reason?: string;
}

export class KillBody extends ReasonBody {
  @ChoiceField(['KILL'], { description: 'Typed by hand, so that nobody stops the platform by a slip' })
  confirm: 'KILL';

  @ChoiceField(SWITCH_MODES, { required: false, description: 'Default reduce_only; flatten closes what is open' })
  mode?: SwitchMode;
}

export const ACTIONS = ['activate', 'deactivate'] as const;

export class ActionBody extends ReasonBody {
  @ChoiceField(ACTIONS, { example: 'activate', description: 'deactivate lets trading go on' })
  action: (typeof ACTIONS)[number];
}

export class PauseBody extends ReasonBody {
  @IntegerField({ required: false, min: 1, max: MAX_PAUSE_MINUTES, description: 'Default 60' })
  minutes?: number;

  @IntegerField({ required: false, min: 1, max: MAX_PAUSE_MINUTES, description: 'As the older app sends it' })
  duration_minutes?: number;
}

export class ResumeBody {
  @ChoiceField(['RESUME'], { required: false, description: 'Clears the kill switch too, not only a pause' })
  confirm?: 'RESUME';
}

export class SetSwitchBody extends ReasonBody {
  @ChoiceField(SWITCH_SCOPES, { example: 'symbol' })
  scope: SwitchScope;

  @TextField({
    required: false,
    max: 64,
    example: 'BTCUSDT',
    description: 'Symbol; id or code of the source; id of the user (default: you) or account; absent for the platform',
  })
  value?: string;

  @ChoiceField(SWITCH_MODES, { required: false, description: 'Default block_entries' })
  mode?: SwitchMode;

  @IntegerField({ required: false, min: 1, max: MAX_PAUSE_MINUTES, description: 'A pause; without it until cleared' })
  minutes?: number;

  @ChoiceField(['KILL'], { required: false, description: CONFIRM })
  confirm?: 'KILL';
}

export class ListSwitchesQuery extends PageQuery {
  @FlagField({ required: false, fromText: true, description: 'true: set now; false: history' })
  active?: boolean;

  @ChoiceField(SWITCH_SCOPES, { required: false })
  scope?: SwitchScope;
}

export class ResetBreakerBody {
  @ChoiceField(['platform', 'account'])
  scope: 'platform' | 'account';

  @IntegerField({ required: false, min: 1, description: 'For scope account' })
  account_id?: number;
}

export class FlattenView {
  @ApiProperty({ type: Number, nullable: true, example: 12, description: 'Positions when it began; null before' })
  found: number | null;
  @ApiProperty({ example: 12, description: 'Closed or withdrawn by it so far' }) closed: number;
  @ApiProperty({ type: Number, nullable: true, example: 0, description: 'Still live in its scope now; null in lists' })
  left: number | null;
  @ApiProperty({ type: String, nullable: true, example: null }) done_at: string | null;
}

export class SwitchView {
  @ApiProperty({ example: 1 }) id: number;
  @ApiProperty({ enum: SWITCH_SCOPES }) scope: SwitchScope;
  @ApiProperty({ example: 'BTCUSDT', description: 'Empty for the platform' }) value: string;
  @ApiProperty({ enum: SWITCH_MODES }) mode: SwitchMode;
  @ApiProperty({ example: 'News ahead' }) reason: string;
  @ApiProperty({ example: true, description: 'Not cleared' }) active: boolean;
  @ApiProperty({ enum: ['staff', 'user'] }) set_by: string;
  @ApiProperty({ type: Number, nullable: true, example: 1, description: 'Shown to administrators' }) set_by_id:
    number | null;
  @ApiProperty({ example: '2026-01-31T12:00:00.000Z' }) set_at: string;
  @ApiProperty({ type: String, nullable: true, example: '2026-01-31T12:00:00.000Z', description: 'The end of a pause' })
  expires_at: string | null;
  @ApiProperty({ type: String, nullable: true, example: null }) cleared_at: string | null;
  @ApiProperty({ type: String, nullable: true, example: null, enum: ['cleared', 'expired', 'replaced', null] })
  cleared_how: string | null;
  @ApiProperty({ type: FlattenView, nullable: true }) flatten: FlattenView | null;
}

export class BreakerView {
  @ApiProperty({ example: 1 }) id: number;
  @ApiProperty({ enum: ['platform', 'account'] }) scope: string;
  @ApiProperty({ type: Number, nullable: true, example: 1 }) account_id: number | null;
  @ApiProperty({ enum: ['closed', 'open', 'half_open'] }) state: string;
  @ApiProperty({
    type: String,
    nullable: true,
    example: 'DRAWDOWN',
    enum: [...TRIP_REASONS, null],
  })
  reason: string | null;
  @ApiProperty({ type: String, nullable: true, example: '2026-01-31T12:00:00.000Z' }) tripped_at: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    example: '2026-01-31T12:00:00.000Z',
    description: 'When half-open begins; null while open: by hand only',
  })
  until: string | null;
  @ApiProperty({ example: 0, description: 'Signals let in since half-open began' }) admitted: number;
}

export function switchView(row: SwitchRow, caller: UserCaller, left: number | null = null): SwitchView {
  return {
    id: row.id,
    scope: row.scope,
    value: row.value,
    mode: row.mode,
    reason: row.reason,
    active: row.cleared_at === null,
    set_by: row.by_staff ? 'staff' : 'user',
    set_by_id: caller.role === 'admin' ? row.set_by_id : null,
    set_at: row.set_at.toISOString(),
    expires_at: row.expires_at?.toISOString() ?? null,
    cleared_at: row.cleared_at?.toISOString() ?? null,
    cleared_how: row.cleared_how,
    flatten: row.mode === 'flatten' ? flattenView(row, left) : null,
  };
}

function flattenView(row: SwitchRow, left: number | null): FlattenView {
  return {
    found: row.flatten_found,
    closed: row.flatten_closed,
    left,
    done_at: row.flatten_done_at?.toISOString() ?? null,
  };
}

/** `state` is what time has made of the stored one. */
export function breakerView(row: BreakerRow, state: string): BreakerView {
  return {
    id: row.id,
    scope: row.scope,
    account_id: row.scope === 'account' ? Number(row.value) : null,
    state,
    reason: row.reason,
    tripped_at: row.tripped_at?.toISOString() ?? null,
    until: row.until?.toISOString() ?? null,
    admitted: row.admitted.length,
  };
}
