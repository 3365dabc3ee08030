/**
 * What a symbol of an alert stands for: a pair of currencies, or a futures contract.
 * Keeps: pure; `BINANCE:BTCUSDT.P`, `BTC-USDT-SWAP` and `BTC/USDT:USDT` are `BTCUSDT`; a symbol that is no pair is none.
 */
import { splitSymbol } from '../instrument/instrument.js';

/** How venues and charts mark a perpetual contract. */
const PERPETUAL = /(?:[.](?:P|PERP)|[-_]?(?:PERP|SWAP)|[-_](?:PERPETUAL|UMCBL|CMCBL|DMCBL|SUMCBL))$/;

/** `BTCUSDT`; null where the symbol is no pair. A perpetual without a quote (`ETH-PERP`) is quoted in USDT. */
export function pairOf(symbol: string): string | null {
  const upper = symbol.trim().toUpperCase();
  const withoutVenue = upper.slice(upper.indexOf(':') === -1 ? 0 : venueEnd(upper));
  const bare = withoutVenue.replace(/:[A-Z]{2,6}$/, '');
  const isPerpetual = PERPETUAL.test(bare);
  const root = bare.replace(PERPETUAL, '');
  const all = root.split(/[/_-]/).filter((part) => part !== '');
  // `BYBI_USDT_BTC` names the venue first.
  const parts = all.length === 3 && isQuote(all[1] ?? '') ? all.slice(1) : all;
  const [first = '', second = ''] = parts;
  if (parts.length === 2 && isQuote(first) && !isQuote(second)) return checked(`${second}${first}`);
  const pair = checked(parts.join(''));
  if (pair !== null) return pair;
  return isPerpetual && parts.length === 1 ? checked(`${first}USDT`) : null;
}

/** `BINANCE:BTCUSDT` names the venue first, `BTC/USDT:USDT` what it is settled in last. */
function venueEnd(upper: string): number {
  const colon = upper.indexOf(':');
  return upper.slice(0, colon).includes('/') ? 0 : colon + 1;
}

const isQuote = (text: string): boolean => ['USDT', 'USDC', 'BUSD', 'USD'].includes(text);

const checked = (text: string): string | null =>
  /^[A-Z0-9]{3,24}$/.test(text) && splitSymbol(text) !== undefined ? text : null;

/** The venue in front of a symbol: `binance`. */
export function venueOf(symbol: string): string | null {
  const match = /^([A-Za-z][A-Za-z0-9_]{0,30}):[A-Za-z0-9]/.exec(symbol.trim());
  return match === null || symbol.includes('/') ? null : String(match[1]).toLowerCase();
}

/** Quotes of delayed feeds come minutes late: TradingView marks them in the venue. */
export function isDelayed(exchange: string | null): boolean {
  return exchange !== null && /_dly?$/.test(exchange);
}

/** Tick sizes by root: what a number of ticks comes to. */
const TICKS = new Map<string, string>(
  (
    'ES:0.25 MES:0.25 NQ:0.25 MNQ:0.25 YM:1 MYM:1 RTY:0.1 M2K:0.1 GC:0.1 MGC:0.1 SI:0.005 SIL:0.005 HG:0.0005 PL:0.1 ' +
    'CL:0.01 MCL:0.01 NG:0.001 HO:0.0001 RB:0.0001 KC:0.05 ZB:0.03125 ZN:0.015625 ZF:0.0078125 ZT:0.00390625 6E:0.00005 ' +
    '6J:0.0000005 6B:0.0001 6A:0.0001 6N:0.0001 6C:0.00005 6S:0.0001 6M:0.00001 DX:0.005 BTC:5 MBT:5 ETH:0.25 MET:0.5 ' +
    'ZC:0.25 ZS:0.25 ZW:0.25 ZM:0.1 ZL:0.01 CT:0.01 SB:0.01'
  )
    .split(' ')
    .map((item) => item.split(':') as [string, string]),
);

export interface FuturesContract {
  readonly root: string;
  /** `front`, `next`, or the contract: `MGCJ6`. */
  readonly contract: string;
  readonly tick: string;
}

/** The longest known root that leaves `1!`, a month and year, or nothing. Undefined for what is no futures contract. */
export function futuresOf(symbol: string): FuturesContract | undefined {
  const upper = symbol.trim().toUpperCase();
  const bare = upper.slice(upper.indexOf(':') + 1);
  for (let length = Math.min(3, bare.length); length >= 1; length -= 1) {
    const root = bare.slice(0, length);
    const tick = TICKS.get(root);
    if (tick === undefined) continue;
    const rest = bare.slice(length);
    if (rest === '' || rest === '1!') return { root, contract: 'front', tick };
    if (rest === '2!') return { root, contract: 'next', tick };
    const month = /^([FGHJKMNQUVXZ])(\d|\d{2}|20\d{2})$/.exec(rest);
    if (month !== null) return { root, contract: `${root}${month[1]}${String(month[2]).slice(-1)}`, tick };
  }
  return undefined;
}
