/** What the routes of accounts answer, as examples that give their schemas. */
import { decimal, orNull } from '../../platform/openapi/shape.js';

export const EXCHANGES = { exchanges: [{ id: 3, exchange: 'binance', testnet: true, is_active: true }] };

export const CONNECTED = { message: 'Exchange account connected', exchange_id: 3 };

export const ACCOUNT_BALANCE = {
  exchange: 'paper',
  testnet: true,
  balance: {
    ok: true,
    total: decimal(10_000),
    available: decimal(9_995),
    currency: 'USDT',
    total_usdt: decimal(10_000),
    available_usdt: decimal(9_995),
    currencies: { USDT: { free: decimal(9_995), locked: decimal(5) } },
  },
};

export const VENUE_BALANCE = {
  total_balance: decimal(10_000),
  available_balance: decimal(9_995),
  locked_balance: decimal(5),
};

export const VENUE_LEVERAGE = { exchange: 'binance', leverage: 10 };

export const ONE_EXCHANGE = {
  id: 3,
  exchange: 'binance',
  testnet: true,
  is_active: true,
  leverage: orNull(10),
  api_key: orNull('••••1a2b'),
};
