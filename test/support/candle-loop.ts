/**
 * What must become of a position on recorded candles, by a plain loop over them: the check on the engine, written from
 * docs/trading-rules.md alone. Keeps: nothing of the product is used here, not even its decimals; amounts are integers
 * of 1e-18, which is exact for prices and quantities of seven decimal places.
 */

/** Open, high, low, close as in the file. */
export type CandleRow = readonly [open: string, high: string, low: string, close: string];

export interface LoopPlan {
  readonly side: 'LONG' | 'SHORT';
  /** Where the limit entry waits; undefined for a position that was opened at `entryPrice` already. */
  readonly limit?: string;
  readonly entryPrice: string;
  readonly stop: string;
  readonly targets: readonly string[];
  readonly perTrade: string;
  readonly leverage: number;
  readonly makerPercent: string;
  readonly takerPercent: string;
}

export interface LoopFill {
  readonly leg: string;
  readonly price: string;
  readonly qty: string;
  readonly fee: string;
}

export interface LoopResult {
  readonly status: string;
  readonly fills: readonly LoopFill[];
  readonly realisedPnl: string;
}

const PLACES = 18;
const ONE = 10n ** BigInt(PLACES);

function units(text: string): bigint {
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(whole) * ONE + BigInt(fraction.padEnd(PLACES, '0'));
}

function text(amount: bigint): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(PLACES + 1, '0');
  const fraction = digits.slice(-PLACES).replace(/0+$/, '');
  return `${amount < 0n ? '-' : ''}${digits.slice(0, -PLACES)}${fraction === '' ? '' : `.${fraction}`}`;
}

/** The product of two amounts; throws where the places are not enough. */
function times(a: bigint, b: bigint): bigint {
  const product = a * b;
  if (product % ONE !== 0n) throw new Error(`${text(a)} times ${text(b)} needs more places`);
  return product / ONE;
}

/** The prices of the candles one after the other: open, then the extreme against the close first. */
export function pathOf(candles: readonly CandleRow[]): string[] {
  return candles.flatMap(([open, high, low, close]) =>
    Number(close) >= Number(open) ? [open, low, high, close] : [open, high, low, close],
  );
}

/** The largest power of ten of which one lot is worth at most 0.1 USDT. */
export function lotStep(price: string): string {
  for (let exponent = 6; ; exponent -= 1) {
    const step = exponent >= 0 ? 10n ** BigInt(exponent) * ONE : ONE / 10n ** BigInt(-exponent);
    if ((step * units(price)) / ONE <= ONE / 10n) return text(step);
  }
}

/** Even rungs of whole lots, the rest on the last; one worth less than 1 USDT goes to the next, the last to the one before. */
function rungsOf(targets: readonly string[], qty: bigint, lot: bigint): bigint[] {
  const each = (qty / BigInt(targets.length) / lot) * lot;
  const rungs = targets.map((_, index) =>
    index < targets.length - 1 ? each : qty - each * BigInt(targets.length - 1),
  );
  const isSmall = (index: number) => (rungs[index] as bigint) * units(targets[index] as string) < ONE * ONE;
  const last = rungs.length - 1;
  for (let index = 0; index < last; index += 1) {
    if (!isSmall(index)) continue;
    rungs[index + 1] = (rungs[index + 1] as bigint) + (rungs[index] as bigint);
    rungs[index] = 0n;
  }
  for (let index = last - 1; index >= 0 && isSmall(last); index -= 1) {
    rungs[last] = (rungs[last] as bigint) + (rungs[index] as bigint);
    rungs[index] = 0n;
  }
  return rungs;
}

/** Follows the plan over `path`, price by price. `step` is the lot step of the instrument. */
export function loop(plan: LoopPlan, path: readonly string[], step: string): LoopResult {
  const up = plan.side === 'LONG' ? 1n : -1n;
  const entry = units(plan.limit ?? plan.entryPrice);
  const lot = units(step);
  const floor = (amount: bigint) => (amount / lot) * lot;
  const qty = floor((units(plan.perTrade) * BigInt(plan.leverage) * ONE) / entry);
  const rungs = rungsOf(plan.targets, qty, lot);
  const fills: LoopFill[] = [];
  let [left, pnl] = [0n, 0n];
  const fill = (leg: string, price: bigint, amount: bigint, percent: string) => {
    const fee = times(times(price, amount), units(percent)) / 100n;
    fills.push({ leg, price: text(price), qty: text(amount), fee: text(fee) });
    pnl -= fee;
    if (leg === 'ENTRY') left = amount;
    else {
      pnl += up * times(price - entry, amount);
      left -= amount;
    }
  };
  if (plan.limit === undefined) fill('ENTRY', entry, qty, plan.takerPercent);
  let next = 0;
  let status = plan.limit === undefined ? 'OPEN' : 'PENDING';
  for (const step of path) {
    const price = units(step);
    const isWaiting = status === 'PENDING';
    if (isWaiting) {
      if (up * (price - entry) > 0n) continue;
      fill('ENTRY', entry, qty, plan.makerPercent);
      status = 'OPEN';
    }
    if (up * (price - units(plan.stop)) <= 0n) {
      fill('STOP', price, left, plan.takerPercent);
      status = 'STOPPED';
      break;
    }
    if (isWaiting) continue;
    for (; next < plan.targets.length; next += 1) {
      const target = units(plan.targets[next] as string);
      if (up * (price - target) < 0n) break;
      const isLast = next === plan.targets.length - 1;
      const rung = rungs[next] as bigint;
      if (isLast || rung > 0n) fill(`TP${next + 1}`, target, isLast ? left : rung, plan.makerPercent);
      status = left === 0n ? 'CLOSED' : left < qty ? 'PARTIAL' : status;
    }
    if (status === 'CLOSED') break;
  }
  return { status, fills, realisedPnl: text(pnl) };
}
