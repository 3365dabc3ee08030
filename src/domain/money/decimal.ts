/**
 * Exact decimal numbers: an integer and a scale, `digits × 10^-scale`. All money, prices and quantities are these.
 * Keeps: sums and products are exact at any size; a quotient names its scale and its rounding; no float is ever involved.
 */

/** How a quotient that does not fit its scale is rounded. `floor` and `ceil` go toward minus and plus infinity. */
export type Rounding = 'floor' | 'ceil' | 'half_even' | 'toward_zero';

/** Plain decimal text such as `-0.001`; what columns, ports and JSON carry. */
export type DecimalText = string;

const PLAIN = /^(-?)(\d{1,60})(?:\.(\d{1,60}))?$/;

/** Any integer of so many digits is an exact double. */
const EXACT_DIGITS = 15;

const [MINUS, POINT, ZERO_CODE] = [45, 46, 48];

const POWERS: bigint[] = [1n];

function pow10(exponent: number): bigint {
  for (let n = POWERS.length; n <= exponent; n += 1) POWERS.push((POWERS[n - 1] as bigint) * 10n);
  return POWERS[exponent] as bigint;
}

export class Decimal {
  static readonly ZERO = new Decimal(0n, 0);
  static readonly ONE = new Decimal(1n, 0);
  static readonly HUNDRED = new Decimal(100n, 0);

  private constructor(
    private readonly digits: bigint,
    private readonly scale: number,
  ) {}

  /** Parses plain decimal text; throws a `RangeError` for anything else (exponents, blanks, `NaN`). */
  static of(text: DecimalText): Decimal {
    const short = text.length <= EXACT_DIGITS ? Decimal.#ofShort(text) : undefined;
    if (short !== undefined) return short;
    const match = PLAIN.exec(text);
    if (match === null) throw new RangeError(`not a plain decimal: ${text.slice(0, 40)}`);
    const [, sign, whole = '0', fraction = ''] = match;
    const digits = BigInt(whole + fraction);
    return new Decimal(sign === '-' ? -digits : digits, fraction.length);
  }

  /** The usual prices and quantities, read digit by digit: half the time. Undefined for what is not plain. */
  static #ofShort(text: string): Decimal | undefined {
    const start = text.charCodeAt(0) === MINUS ? 1 : 0;
    const last = text.length - 1;
    let value = 0;
    let point = last;
    for (let index = start; index <= last; index += 1) {
      const digit = text.charCodeAt(index) - ZERO_CODE;
      if (digit >= 0 && digit <= 9) value = value * 10 + digit;
      else if (digit === POINT - ZERO_CODE && point === last && index > start && index < last) point = index;
      else return undefined;
    }
    if (last < start) return undefined;
    return new Decimal(BigInt(start === 1 ? -value : value), last - point);
  }

  static ofInteger(value: bigint | number): Decimal {
    return new Decimal(BigInt(value), 0);
  }

  static sum(numbers: Iterable<Decimal>): Decimal {
    let total = Decimal.ZERO;
    for (const number of numbers) total = total.plus(number);
    return total;
  }

  static min(a: Decimal, b: Decimal): Decimal {
    return a.lte(b) ? a : b;
  }

  static max(a: Decimal, b: Decimal): Decimal {
    return a.gte(b) ? a : b;
  }

  plus(other: Decimal): Decimal {
    if (this.scale === other.scale) return new Decimal(this.digits + other.digits, this.scale);
    return this.scale > other.scale
      ? new Decimal(this.digits + other.digits * pow10(this.scale - other.scale), this.scale)
      : new Decimal(this.digits * pow10(other.scale - this.scale) + other.digits, other.scale);
  }

  minus(other: Decimal): Decimal {
    return this.plus(other.negated());
  }

  times(other: Decimal): Decimal {
    return new Decimal(this.digits * other.digits, this.scale + other.scale);
  }

  /** The quotient rounded to `scale` decimal places. Throws a `RangeError` on division by zero. */
  dividedBy(other: Decimal, scale: number, rounding: Rounding): Decimal {
    return new Decimal(this.quotient(other, scale, rounding), scale);
  }

  /** How many whole times `step` fits, rounded toward minus infinity. */
  wholeTimes(step: Decimal): bigint {
    return this.quotient(step, 0, 'floor');
  }

  /** Rounded to `scale` decimal places. */
  rounded(scale: number, rounding: Rounding): Decimal {
    return this.scale <= scale ? this : this.dividedBy(Decimal.ONE, scale, rounding);
  }

  negated(): Decimal {
    return new Decimal(-this.digits, this.scale);
  }

  abs(): Decimal {
    return this.digits < 0n ? this.negated() : this;
  }

  compare(other: Decimal): -1 | 0 | 1 {
    const lead = this.scale - other.scale;
    const a = lead < 0 ? this.digits * pow10(-lead) : this.digits;
    const b = lead > 0 ? other.digits * pow10(lead) : other.digits;
    return a < b ? -1 : a > b ? 1 : 0;
  }

  eq(other: Decimal): boolean {
    return this.compare(other) === 0;
  }

  lt(other: Decimal): boolean {
    return this.compare(other) < 0;
  }

  lte(other: Decimal): boolean {
    return this.compare(other) <= 0;
  }

  gt(other: Decimal): boolean {
    return this.compare(other) > 0;
  }

  gte(other: Decimal): boolean {
    return this.compare(other) >= 0;
  }

  get isZero(): boolean {
    return this.digits === 0n;
  }

  get isPositive(): boolean {
    return this.digits > 0n;
  }

  get isNegative(): boolean {
    return this.digits < 0n;
  }

  /** Plain text without trailing zeros. */
  toString(): DecimalText {
    if (this.digits === 0n) return '0';
    const negative = this.digits < 0n;
    let text = (negative ? -this.digits : this.digits).toString();
    if (this.scale > 0) {
      if (text.length <= this.scale) text = '0'.repeat(this.scale - text.length + 1) + text;
      const point = text.length - this.scale;
      let end = text.length;
      while (end > point && text.charCodeAt(end - 1) === 48) end -= 1;
      text = end === point ? text.slice(0, point) : `${text.slice(0, point)}.${text.slice(point, end)}`;
    }
    return negative ? `-${text}` : text;
  }

  toJSON(): DecimalText {
    return this.toString();
  }

  private quotient(other: Decimal, scale: number, rounding: Rounding): bigint {
    if (other.digits === 0n) throw new RangeError('division by zero');
    const shift = scale + other.scale - this.scale;
    let numerator = shift >= 0 ? this.digits * pow10(shift) : this.digits;
    let denominator = shift >= 0 ? other.digits : other.digits * pow10(-shift);
    if (denominator < 0n) {
      numerator = -numerator;
      denominator = -denominator;
    }
    const truncated = numerator / denominator;
    const rest = numerator - truncated * denominator;
    return rest === 0n ? truncated : truncated + correction(truncated, rest, denominator, rounding);
  }
}

/** What to add to a truncated quotient whose remainder is not zero. */
function correction(truncated: bigint, rest: bigint, denominator: bigint, rounding: Rounding): bigint {
  const negative = rest < 0n;
  if (rounding === 'toward_zero') return 0n;
  if (rounding === 'floor') return negative ? -1n : 0n;
  if (rounding === 'ceil') return negative ? 0n : 1n;
  const twice = (negative ? -rest : rest) * 2n;
  const away = twice > denominator || (twice === denominator && truncated % 2n !== 0n);
  return away ? (negative ? -1n : 1n) : 0n;
}
