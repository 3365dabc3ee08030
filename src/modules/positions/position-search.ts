/** What lists of positions can be asked for. */
import { IntersectionType, OmitType } from '@nestjs/swagger';
import { canonicalSymbol } from '../../domain/signal/check-signal.js';
import {
  LIVE_POSITION_STATUSES,
  POSITION_STATUSES,
  type PositionStatus,
  TERMINAL_POSITION_STATUSES,
} from '../../domain/position/position-status.js';
import { IntegerField, TextField, TimeField } from '../../platform/http/fields.js';
import { PageQuery } from '../../platform/http/paging.js';
import { invalidInput } from '../../platform/http/validation.js';
import type { PositionFilter } from './positions.repository.js';

/** The app asks for OPEN and CLOSED only and means the families. */
const FAMILIES: Readonly<Partial<Record<PositionStatus, readonly PositionStatus[]>>> = {
  OPEN: ['OPEN', 'PARTIAL'],
  CLOSED: ['CLOSED', 'STOPPED', 'CANCELLED'],
};

/** The older app knows two words: what has not ended, and what has. */
const OLDER_WORDS = { active: LIVE_POSITION_STATUSES, closed: TERMINAL_POSITION_STATUSES } as const;

export type OlderWord = keyof typeof OLDER_WORDS;

export const OLDER_STATUSES = Object.keys(OLDER_WORDS) as readonly OlderWord[];

export class PositionSearch {
  @TextField({
    required: false,
    max: 20,
    upper: true,
    description: `OPEN means OPEN and PARTIAL; CLOSED means CLOSED, STOPPED and CANCELLED; else exact: ${POSITION_STATUSES.join(', ')}`,
  })
  status?: string;

  @TextField({ required: false, max: 32, example: 'BTCUSDT' })
  symbol?: string;

  @IntegerField({ required: false, fromText: true, min: 1 })
  signal_id?: number;

  @TimeField({ required: false, description: 'Created at or after' })
  from?: string;

  @TimeField({ required: false, description: 'Created before' })
  to?: string;
}

export class ListPositionsQuery extends IntersectionType(PositionSearch, PageQuery) {}

export class UserPositionsQuery extends OmitType(ListPositionsQuery, ['status']) {
  @TextField({
    required: false,
    max: 20,
    example: 'active',
    description:
      'In small letters, active (has not ended) or closed (has) as the older app says it: then each position’s status is that word; else as for /positions',
  })
  status?: string;
}

/** The older app's word where it is asked in its words, which are written small. */
export function olderWord({ status }: UserPositionsQuery): OlderWord | undefined {
  return OLDER_STATUSES.find((word) => word === status);
}

/** Throws 400 for a status that there is none of. */
export function filterOf(
  { status, symbol, signal_id, from, to }: PositionSearch,
  beforeId: number | undefined,
  limit: number,
): PositionFilter {
  return {
    statuses: status === undefined ? null : statusesOf(status),
    symbol: symbol === undefined ? null : canonicalSymbol(symbol),
    signalId: signal_id ?? null,
    from: from ?? null,
    to: to ?? null,
    beforeId: beforeId ?? null,
    limit,
  };
}

function statusesOf(text: string): readonly PositionStatus[] {
  const older = olderWord({ status: text });
  if (older !== undefined) return OLDER_WORDS[older];
  const status = POSITION_STATUSES.find((known) => known === text.toUpperCase());
  if (status === undefined) {
    throw invalidInput([{ field: 'status', rule: `must be one of ${POSITION_STATUSES.join(', ')}` }]);
  }
  return FAMILIES[status] ?? [status];
}
