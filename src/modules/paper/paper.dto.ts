/**
 * What goes into and comes out of the paper account's routes.
 * Keeps: amounts are exact decimal text in USDT.
 */
import { ApiProperty } from '@nestjs/swagger';
import { LEDGER_CAUSES, LEDGER_KINDS, type LedgerKind } from '../../domain/ledger/ledger.js';
import { ChoiceField, DecimalField, FlagField, IntegerField, TimeField } from '../../platform/http/fields.js';
import { PageQuery } from '../../platform/http/paging.js';

export const EQUITY_STEPS = ['hour', 'day'] as const;
export type EquityStep = (typeof EQUITY_STEPS)[number];

export class LedgerQuery extends PageQuery {
  @ChoiceField(LEDGER_KINDS, { required: false, description: 'Only transactions with such a line' })
  kind?: LedgerKind;

  @TimeField({ required: false, description: 'Booked at or after' })
  from?: string;

  @TimeField({ required: false, description: 'Booked before' })
  to?: string;

  @IntegerField({ required: false, fromText: true, min: 1, description: 'Of one position' })
  position_id?: number;
}

export class EquityQuery {
  @TimeField({ required: false, description: 'Default: 7 days before `to` for hours, 90 for days' })
  from?: string;

  @TimeField({ required: false, description: 'Default: now' })
  to?: string;

  @ChoiceField(EQUITY_STEPS, {
    required: false,
    description: 'Default: day; hour asks for a plan with advanced_analytics',
  })
  step?: EquityStep;

  @ChoiceField(['json', 'csv'] as const, { required: false, description: 'Default: json' })
  format?: 'json' | 'csv';
}

export class ResetBody {
  @DecimalField({
    required: false,
    above: '0',
    max: '1000000000',
    description: 'USDT to begin again with. Default: PAPER_STARTING_BALANCE_USDT',
  })
  balance?: string;

  @FlagField({
    required: false,
    description: 'Closes what is open, at market, and withdraws what waits. Default: false',
  })
  close_positions?: boolean;
}

const amount = (description: string, example = '0') => ({ type: String, description, example });

const TIME = '2026-01-31T16:00:00.000Z';
const time = (description: string, nullable = false) => ({
  type: String,
  format: 'date-time',
  description,
  example: TIME,
  nullable,
});

/** USDT as decimal text, since the opening or the last reset. */
export interface PaperBalanceView {
  readonly account_id: number;
  readonly currency: string;
  /** Wallet balance: available and margin. */
  readonly balance: string;
  readonly available: string;
  /** Reserved by positions. */
  readonly margin: string;
  /** Of open positions at the last market prices. */
  readonly unrealised_pnl: string;
  /** Balance plus unrealised PnL. */
  readonly equity: string;
  readonly starting_balance: string;
  /** Profit and loss of price moves, before costs. */
  readonly realised_pnl: string;
  readonly fees: string;
  /** Received; negative when paid. */
  readonly funding: string;
  /** Margin lost to the insurance fund (negative), or losses that it paid (positive). */
  readonly liquidation: string;
  /** Realised PnL less fees, with funding and liquidation. */
  readonly net_pnl: string;
  /** Equity over the starting balance, in percent. */
  readonly return_percent: string;
  /** Open ones and those that wait for their entry. */
  readonly open_positions: number;
  /** Of what cross positions hold, by the last stored prices; null where they hold nothing. */
  readonly cross_margin: {
    /** USDT that stand for them: what isolated trades have not reserved, with the open PnL of cross positions. */
    readonly equity: string;
    /** USDT that must be left of it. */
    readonly maintenance_margin: string;
    /** Maintenance margin in percent of the equity: liquidated at 100; null where no equity is left. */
    readonly margin_ratio_percent: string | null;
  } | null;
  readonly since: string;
  /** PAPER_REALISM. */
  readonly realism: string;
}

export class LedgerLineView {
  @ApiProperty({ enum: LEDGER_KINDS, example: 'MARGIN_RESERVE' }) kind: string;
  @ApiProperty(amount('What it adds to the available cash; negative where it takes', '-5')) amount: string;
}

export class LedgerTransactionView {
  @ApiProperty({ example: 7 }) id: number;
  @ApiProperty({ enum: LEDGER_CAUSES, example: 'ENTRY' }) cause: string;
  @ApiProperty({ type: Number, nullable: true, example: 12 }) position_id: number | null;
  @ApiProperty({ type: String, nullable: true, example: 'BTCUSDT' }) symbol: string | null;
  @ApiProperty(amount('The sum of the lines', '-5.025')) cash: string;
  @ApiProperty({ type: [LedgerLineView] }) lines: LedgerLineView[];
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Double entry: what each ledger account receives; sums to zero',
    example: { cash: '-5.025', margin: '5', fees: '0.025' },
  })
  postings: Record<string, string>;
  @ApiProperty(time('The funding time paid for; null but for funding', true))
  funding_at: string | null;
  @ApiProperty(time('When it was booked')) created_at: string;
}

export class EquityPointView {
  @ApiProperty(time('Full hour, midnight or now')) at: string;
  @ApiProperty(amount('Wallet balance', '10012.5')) balance: string;
  @ApiProperty({ ...amount('Null for hours that were not recorded'), nullable: true }) unrealised_pnl: string | null;
  @ApiProperty({ ...amount('Null for hours that were not recorded'), nullable: true }) equity: string | null;
  @ApiProperty(amount('Deposits and resets until then', '10000')) net_deposits: string;
}
