/**
 * The settings of simulated trading and what they make: fees, fills, margin brackets and funding rates.
 * Keeps: every figure of the simulation is a setting with a default; with PAPER_REALISM=off orders fill exactly and
 * there is neither funding nor liquidation.
 */
import { z } from 'zod';
import { type BracketText, marginBrackets } from '../../../domain/margin/liquidation.js';
import { Decimal, type DecimalText } from '../../../domain/money/decimal.js';
import { splitSymbol } from '../../../domain/instrument/instrument.js';
import {
  type BookShape,
  type FillModel,
  fillModel,
  REALISMS,
  SYMBOL_CLASSES,
  type SymbolClass,
} from '../../../domain/paper/fill-model.js';
import type { SimulatedTerms } from '../../../ports/exchange-client.js';

const percent = (fallback: string) =>
  z
    .string()
    .regex(/^\d{1,2}(\.\d{1,8})?$/, 'must be a percentage such as 0.05')
    .default(fallback);

const assets = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .transform((text) => new Set(text.split(',').map((asset) => asset.trim().toUpperCase())));

/** Three figures, for major, large and other symbols. All must be above zero, unless `zero` is allowed. */
const byClass = (fallback: string, zero = false) =>
  z
    .string()
    .default(fallback)
    .refine(
      (text) => /^\d{1,12}(\.\d{1,8})?(,\d{1,12}(\.\d{1,8})?){2}$/.test(text),
      'must be three numbers such as 0.5,1,4, for major, large and other symbols',
    )
    .transform((text) => text.split(','))
    .refine((parts) => zero || parts.every((part) => /[1-9]/.test(part)), 'must be three numbers above zero');

const RATE = /^-?\d(\.\d{1,8})?$/;

const ratesBySymbol = z
  .string()
  .default('')
  .transform((text) => text.split(',').map((item) => item.trim()))
  .transform((items) => items.filter((item) => item !== '').map((item) => item.split('=')))
  .refine(
    (pairs) => pairs.every(([name, rate]) => /^[A-Z0-9]{2,20}$/.test(name ?? '') && RATE.test(rate ?? '')),
    'must be a list such as BTCUSDT=0.01,DOGEUSDT=-0.02',
  )
  .transform((pairs) => new Map(pairs.map(([name = '', rate = '']): [string, DecimalText] => [name, rate])));

const brackets = z
  .string()
  .default('50000:0.5,250000:1,1000000:2.5,5000000:5,20000000:10,rest:12.5')
  .transform((text) => text.split(',').map((item) => item.trim().split(':')))
  .refine((pairs) => pairs.every(isBracket), 'must be a list such as 50000:0.5,250000:1,rest:2.5')
  .transform((pairs) =>
    pairs.map(([upTo = '', ratePercent = '']): BracketText => ({ upTo: upTo === 'rest' ? null : upTo, ratePercent })),
  )
  .refine(isRisingTable, 'must rise in notional and rate, and end with rest');

export const paperSettings = z.object({
  PAPER_MAKER_FEE_PERCENT: percent('0.02'),
  PAPER_TAKER_FEE_PERCENT: percent('0.05'),
  PAPER_REALISM: z.enum(REALISMS).default('basic'),
  PAPER_MAJOR_ASSETS: assets('BTC,ETH'),
  PAPER_LARGE_ASSETS: assets('SOL,BNB,XRP,DOGE,ADA,AVAX,LINK,TRX,LTC,BCH,DOT,SUI'),
  PAPER_HALF_SPREAD_BPS: byClass('0.5,1,4', true),
  PAPER_DEPTH_USDT: byClass('5000000,1000000,100000'),
  PAPER_VOLATILITY_PERCENT: byClass('50,80,120'),
  PAPER_MAX_SLIPPAGE_PERCENT: percent('5'),
  PAPER_LATENCY_MS: z.coerce.number().int().min(0).max(60_000).default(250),
  PAPER_TRADE_THROUGH_BPS: z
    .string()
    .regex(/^\d{1,3}(\.\d{1,4})?$/, 'must be basis points such as 1')
    .default('1'),
  PAPER_FUNDING_RATE_PERCENT: z.string().regex(RATE, 'must be a percentage such as 0.01 or -0.005').default('0.01'),
  PAPER_FUNDING_RATE_BY_SYMBOL: ratesBySymbol,
  PAPER_MAINTENANCE_MARGIN: brackets,
});

export type PaperSettings = z.infer<typeof paperSettings>;

function isBracket([upTo = '', rate = '']: string[]): boolean {
  return (upTo === 'rest' || /^[1-9]\d{0,14}$/.test(upTo)) && /^\d{1,2}(\.\d{1,4})?$/.test(rate);
}

function isRisingTable(table: readonly BracketText[]): boolean {
  try {
    return marginBrackets(table).length > 0;
  } catch {
    return false;
  }
}

export function termsOf(chosen: PaperSettings): SimulatedTerms {
  const fills = fillsOf(chosen);
  if (chosen.PAPER_REALISM === 'off') return { fills };
  return {
    fills,
    brackets: marginBrackets(chosen.PAPER_MAINTENANCE_MARGIN),
    fundingRatePercent: (symbol) =>
      chosen.PAPER_FUNDING_RATE_BY_SYMBOL.get(symbol) ?? chosen.PAPER_FUNDING_RATE_PERCENT,
  };
}

function fillsOf(chosen: PaperSettings): FillModel {
  const shapes = SYMBOL_CLASSES.map((name, index): [SymbolClass, BookShape] => [
    name,
    {
      halfSpreadBps: Decimal.of(chosen.PAPER_HALF_SPREAD_BPS[index] as string),
      depthUsdt: Decimal.of(chosen.PAPER_DEPTH_USDT[index] as string),
      volatilityPercent: Decimal.of(chosen.PAPER_VOLATILITY_PERCENT[index] as string),
    },
  ]);
  return fillModel({
    realism: chosen.PAPER_REALISM,
    books: Object.fromEntries(shapes) as Record<SymbolClass, BookShape>,
    classOf: (symbol) => classOf(splitSymbol(symbol)?.base ?? symbol, chosen),
    latencyMs: chosen.PAPER_LATENCY_MS,
    throughBps: Decimal.of(chosen.PAPER_TRADE_THROUGH_BPS),
    maxSlippagePercent: Decimal.of(chosen.PAPER_MAX_SLIPPAGE_PERCENT),
  });
}

function classOf(base: string, chosen: PaperSettings): SymbolClass {
  if (chosen.PAPER_MAJOR_ASSETS.has(base)) return 'major';
  return chosen.PAPER_LARGE_ASSETS.has(base) ? 'large' : 'other';
}
