/** What the engine sends, under the names of its contract. */
import { MAX_SIGNAL_LEVERAGE, MAX_TARGETS } from '../../domain/signal/check-signal.js';
import {
  HOUSE_BOTS,
  HOUSE_CLOSE_REASONS,
  HOUSE_POSITION_STATUSES,
  HOUSE_STATUSES,
  type HouseBot,
  type HouseCloseReason,
  type HousePositionStatus,
  type HouseStatus,
} from '../../domain/signal/house.js';
import type { Side } from '../../domain/instrument/side.js';
import {
  ChoiceField,
  DecimalField,
  DecimalListField,
  IntegerField,
  ObjectField,
  TextField,
} from '../../platform/http/fields.js';
import { MAX_PAGE } from '../../platform/http/paging.js';

const UUID = '6f1a7d0e-3f5b-4a52-9d0e-6a1d7f0b2c11';

export class IngestBody {
  @TextField({ max: 40, example: 'SCALPING', description: `The bot: one of ${HOUSE_BOTS.join(', ')}, or SCALPING` })
  source: string;

  @TextField({ max: 32, upper: true, example: 'BTCUSDT' })
  symbol: string;

  @ChoiceField(['LONG', 'SHORT'], { alias: { BUY: 'LONG', SELL: 'SHORT' }, example: 'LONG' })
  side: Side;

  @DecimalField({ above: '0', example: 67500 })
  entry: string;

  @DecimalField({ above: '0', example: 67162.5 })
  stop_loss: string;

  @DecimalListField({ above: '0', minItems: 1, maxItems: MAX_TARGETS, example: [67716, 67878, 68040, 68202, 68742] })
  take_profits: string[];

  @TextField({ max: 16, upper: true, example: '5m' })
  timeframe: string;

  @DecimalField({ min: '0', max: '100', example: 82, description: 'A fraction is cut off' })
  confidence: string;

  @TextField({ required: false, nullable: 'absent', max: 40, example: 'SE.v2.0-FUSION' })
  version?: string;

  @ObjectField({
    required: false,
    nullable: 'absent',
    description: 'Kept with the signal. The same `signal_id` again has the effect of one',
    example: { signal_id: UUID, bot_source: 'SCALPING', timestamp: '2026-01-31T12:00:00', fusion_approved: true },
  })
  metadata?: Record<string, unknown>;

  @IntegerField({ required: false, nullable: 'absent', min: 1, max: MAX_SIGNAL_LEVERAGE, example: 10 })
  leverage?: number;
}

export class HouseCloseBody {
  @TextField({ max: 128, example: UUID, description: 'As it stood in the metadata' })
  signal_id: string;

  @DecimalField({ above: '0', example: 68742 })
  exit_price: string;

  @ChoiceField(HOUSE_CLOSE_REASONS, { example: 'TP' })
  close_reason: HouseCloseReason;
}

export class HouseTargetBody {
  @TextField({ max: 128, example: UUID, description: 'As it stood in the metadata' })
  signal_id: string;

  @DecimalField({ above: '0', example: 67716 })
  hit_price: string;

  @IntegerField({
    required: false,
    nullable: 'absent',
    min: 1,
    max: MAX_TARGETS,
    example: 1,
    description: 'The next one, where unsaid',
  })
  tp_number?: number;
}

const ALL = 'ALL';

class HouseListQuery {
  @ChoiceField(HOUSE_BOTS, { required: false, alias: { SCALPING: 'SCALPER' }, example: 'TREND' })
  source?: HouseBot;

  @IntegerField({ required: false, fromText: true, min: 1, max: MAX_PAGE, example: 100 })
  limit?: number;

  @IntegerField({ required: false, fromText: true, min: 0, max: 100_000, example: 0 })
  offset?: number;
}

export class HouseSignalsQuery extends HouseListQuery {
  @ChoiceField([...HOUSE_STATUSES, ALL], { required: false, example: 'ACTIVE', description: 'ACTIVE by default' })
  status?: HouseStatus | typeof ALL;
}

export class HousePositionsQuery extends HouseListQuery {
  @ChoiceField([...HOUSE_POSITION_STATUSES, ALL], { required: false, example: 'OPEN', description: 'OPEN by default' })
  status?: HousePositionStatus | typeof ALL;
}
