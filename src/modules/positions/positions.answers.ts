/** What the routes of positions answer beside the positions themselves, as examples that give their schemas. */
import { decimal, free, oneOf, orNull } from '../../platform/openapi/shape.js';
import { PositionView, UserPositionView } from './position.view.js';

const TIME = '2026-01-31T12:00:00.000+00:00';

export const POSITIONS = { positions: [PositionView], count: 1, next_before_id: orNull(1) };

export const USER_POSITIONS = { ...POSITIONS, positions: [UserPositionView] };

/** The history of one position. */
export const POSITION_DETAIL = {
  orders: [
    {
      id: 1,
      client_order_id: 'vz5f0c3b1e8d544c539a55',
      leg: 'ENTRY',
      side: oneOf('BUY', 'SELL'),
      type: 'MARKET',
      reduce_only: false,
      price: orNull(decimal(70_000)),
      qty: decimal(0.000714),
      filled_qty: decimal(0.000714),
      average_price: orNull(decimal(70_000)),
      status: 'FILLED',
      created_at: TIME,
    },
  ],
  fills: [
    {
      id: 1,
      order_id: 1,
      effect: oneOf('ENTRY', 'EXIT'),
      price: decimal(70_000),
      qty: decimal(0.000714),
      fee: decimal(0.02499),
      liquidity: oneOf('TAKER', 'MAKER'),
      realised_pnl: decimal(0),
      created_at: TIME,
    },
  ],
  log: [{ id: 1, type: 'OPEN', message: 'Opened at 70000', meta: free({ price: '70000' }), created_at: TIME }],
  trade_plan: orNull({
    values: free({ 'entry.kind': 'AUTO', 'targets.split': 'EVEN' }),
    reasons: free({ 'entry.kind': { from: 'default' }, 'targets.split': { from: 'user' } }),
  }),
};
