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

  @ChoiceField(EQUITY_STEPS, { required: false, description: 'Default: hour' })
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

export class PaperBalanceView {
  @ApiProperty({ example: 1 }) account_id: number;
  @ApiProperty({ example: 'USDT' }) currency: string;
  @ApiProperty(amount('Wallet balance: available and margin', '10012.5')) balance: string;
  @ApiProperty(amount('Cash that is not reserved', '9962.5')) available: string;
  @ApiProperty(amount('Reserved by positions', '50')) margin: string;
  @ApiProperty(amount('Of open positions at the last market prices', '3.2')) unrealised_pnl: string;
  @ApiProperty(amount('Balance plus unrealised PnL', '10015.7')) equity: string;
  @ApiProperty(amount('What it began with', '10000')) starting_balance: string;
  @ApiProperty(amount('Profit and loss of price moves, before costs', '14')) realised_pnl: string;
  @ApiProperty(amount('Paid to the venue', '1.2')) fees: string;
  @ApiProperty(amount('Received; negative when paid', '-0.3')) funding: string;
  @ApiProperty(amount('Margin lost to the insurance fund (negative), or losses that it paid (positive)'))
  liquidation: string;
  @ApiProperty(amount('Realised PnL less fees, with funding and liquidation', '12.5')) net_pnl: string;
  @ApiProperty(amount('Equity over the starting balance, in percent', '0.157')) return_percent: string;
  @ApiProperty({ example: 2, description: 'Open ones and those that wait for their entry' }) open_positions: number;
  @ApiProperty({ format: 'date-time', description: 'Opening or last reset: figures count from here' }) since: string;
  @ApiProperty({ enum: ['off', 'basic', 'full'], description: 'PAPER_REALISM' }) realism: string;
}

export class LedgerLineView {
  @ApiProperty({ enum: LEDGER_KINDS }) kind: string;
  @ApiProperty(amount('What it adds to the available cash; negative where it takes', '-5')) amount: string;
}

export class LedgerTransactionView {
  @ApiProperty({ example: 7 }) id: number;
  @ApiProperty({ enum: LEDGER_CAUSES }) cause: string;
  @ApiProperty({ type: Number, nullable: true, example: 12 }) position_id: number | null;
  @ApiProperty({ type: String, nullable: true, example: 'BTCUSDT' }) symbol: string | null;
  @ApiProperty(amount('The sum of the lines', '-5.025')) cash: string;
  @ApiProperty({ type: [LedgerLineView] }) lines: LedgerLineView[];
  @ApiProperty({
    type: Object,
    description: 'Double entry: what each ledger account receives; sums to zero',
    example: { cash: '-5.025', margin: '5', fees: '0.025' },
  })
  postings: Record<string, string>;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'The funding time paid for' })
  funding_at: string | null;
  @ApiProperty({ format: 'date-time' }) created_at: string;
}

export class EquityPointView {
  @ApiProperty({ format: 'date-time' }) at: string;
  @ApiProperty(amount('Wallet balance', '10012.5')) balance: string;
  @ApiProperty({ ...amount('Null for hours that were not recorded'), nullable: true }) unrealised_pnl: string | null;
  @ApiProperty({ ...amount('Null for hours that were not recorded'), nullable: true }) equity: string | null;
  @ApiProperty(amount('Deposits and resets until then', '10000')) net_deposits: string;
}
