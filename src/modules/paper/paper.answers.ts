/** What the paper account's routes answer, as examples that give their schemas. */
import { REALISMS } from '../../domain/paper/fill-model.js';
import { oneOf, orNull } from '../../platform/openapi/shape.js';
import { EquityPointView, LedgerTransactionView } from './paper.dto.js';

export const LEDGER = { transactions: [LedgerTransactionView], count: 1, next_before_id: orNull(1) };

export const EQUITY = { points: [EquityPointView], count: 1 };

export const PAPER_BALANCE = {
  account_id: 1,
  currency: 'USDT',
  balance: '10012.5',
  available: '9962.5',
  margin: '50',
  unrealised_pnl: '3.2',
  equity: '10015.7',
  starting_balance: '10000',
  realised_pnl: '14',
  fees: '1.2',
  funding: '-0.3',
  liquidation: '0',
  net_pnl: '12.5',
  return_percent: '0.157',
  open_positions: 2,
  cross_margin: orNull({
    equity: '9965.7',
    maintenance_margin: '24.9',
    margin_ratio_percent: orNull('0.25'),
  }),
  since: '2026-01-01T00:00:00.000Z',
  realism: oneOf(...REALISMS),
};
