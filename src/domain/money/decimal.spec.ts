import Big from 'big.js';
import fc from 'fast-check';
import { Decimal } from './decimal.js';
import { asPercent, floorToStep, isMultipleOf, percentOf, roundToStep, toJsonNumber } from './money.js';

const text = fc
  .tuple(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), fc.integer({ min: 0, max: 18 }))
  .map(([digits, scale]) => new Big(digits.toString()).div(new Big(10).pow(scale)).toFixed(scale));

describe('Decimal against big.js', () => {
  it('adds, subtracts and multiplies exactly', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Decimal.of(a).plus(Decimal.of(b)).toString()).toBe(new Big(a).plus(b).toFixed());
        expect(Decimal.of(a).minus(Decimal.of(b)).toString()).toBe(new Big(a).minus(b).toFixed());
        expect(Decimal.of(a).times(Decimal.of(b)).toString()).toBe(new Big(a).times(b).toFixed());
      }),
    );
  });

  it('reads plain decimals of any length, and nothing else', () => {
    const near = fc.string({ unit: fc.constantFrom(...'--..0123456789e+ _'), maxLength: 18 });
    fc.assert(
      fc.property(fc.oneof(near, text), (given) => {
        if (!/^-?[0-9]+(\.[0-9]+)?$/.test(given)) expect(() => Decimal.of(given)).toThrow(RangeError);
        else expect(Decimal.of(given).toString()).toBe(new Big(given).abs().eq(0) ? '0' : new Big(given).toFixed());
      }),
      { numRuns: 2000 },
    );
    const edges = [
      '',
      '-',
      '.',
      '.5',
      '5.',
      '-.5',
      '1.2.3',
      '1-2',
      '--1',
      '-0',
      '0.50',
      '999999999999999',
      '9007199254740993',
    ];
    const read = edges.map((edge) => {
      try {
        return Decimal.of(edge).toString();
      } catch {
        return null;
      }
    });
    expect(read).toEqual([...Array<null>(9).fill(null), '0', '0.5', '999999999999999', '9007199254740993']);
  });

  it('compares numerically', () => {
    fc.assert(fc.property(text, text, (a, b) => Decimal.of(a).compare(Decimal.of(b)) === new Big(a).cmp(b)));
  });

  it('orders by value, whatever the scales, and says so in every way', () => {
    const pair = fc.oneof(
      fc.tuple(text, text),
      text.map((same) => [same, new Big(same).toFixed(20)] as const),
    );
    fc.assert(
      fc.property(pair, ([left, right]) => {
        const [a, b] = [Decimal.of(left), Decimal.of(right)];
        const order = new Big(left).cmp(right);
        expect([a.eq(b), a.lt(b), a.lte(b), a.gt(b), a.gte(b)]).toEqual([
          order === 0,
          order < 0,
          order <= 0,
          order > 0,
          order >= 0,
        ]);
        expect(Decimal.min(a, b)).toBe(order <= 0 ? a : b);
        expect(Decimal.max(a, b)).toBe(order >= 0 ? a : b);
        const sign = new Big(left).cmp(0);
        expect([a.isZero, a.isPositive, a.isNegative]).toEqual([sign === 0, sign > 0, sign < 0]);
        expect(a.abs().toString()).toBe(new Big(left).abs().toFixed());
      }),
    );
  });

  it('rounds to a coarser scale and leaves a finer one alone; half-even looks at the last kept digit', () => {
    const halves = ['0.5', '1.5', '2.5', '-0.5', '-1.5', '-2.5', '2.51', '-2.51', '2.49'];
    const rounded = halves.map((half) => Decimal.of(half).rounded(0, 'half_even').toString());
    expect(rounded).toEqual(['0', '2', '2', '0', '-2', '-2', '3', '-3', '2']);
    expect(Decimal.of('1.25').rounded(1, 'ceil').toString()).toBe('1.3');
    expect(Decimal.of('1.25').rounded(1, 'floor').toString()).toBe('1.2');
    const fine = Decimal.of('1.25');
    expect([fine.rounded(2, 'ceil'), fine.rounded(9, 'ceil')]).toEqual([fine, fine]);
    expect(JSON.stringify({ sum: Decimal.sum(['0.1', '0.20', '-3'].map((part) => Decimal.of(part))) })).toBe(
      '{"sum":"-2.7"}',
    );
  });

  it('names what it cannot read or divide', () => {
    expect(() => Decimal.of('1e5')).toThrow('not a plain decimal: 1e5');
    expect(() => Decimal.of('9'.repeat(100))).toThrow(`not a plain decimal: ${'9'.repeat(40)}`);
    expect(() => Decimal.ONE.dividedBy(Decimal.ZERO, 2, 'floor')).toThrow('division by zero');
  });

  it('rounds quotients as asked', () => {
    const modes = [
      ['toward_zero', 0],
      ['half_even', 2],
    ] as const;
    fc.assert(
      fc.property(text, text, fc.integer({ min: 0, max: 12 }), (a, b, scale) => {
        fc.pre(!Decimal.of(b).isZero);
        for (const [mode, rm] of modes) {
          const divide = Big();
          divide.DP = scale;
          divide.RM = rm;
          const expected = new divide(a).div(b).toFixed();
          expect(Decimal.of(a).dividedBy(Decimal.of(b), scale, mode).toString()).toBe(
            expected === '-0' ? '0' : expected,
          );
        }
      }),
    );
  });

  it('keeps floor at or below and ceil at or above the exact quotient, less than one unit away', () => {
    fc.assert(
      fc.property(text, text, fc.integer({ min: 0, max: 12 }), (a, b, scale) => {
        fc.pre(!Decimal.of(b).isZero);
        const floor = Decimal.of(a).dividedBy(Decimal.of(b), scale, 'floor');
        const ceil = Decimal.of(a).dividedBy(Decimal.of(b), scale, 'ceil');
        const sign = Decimal.of(b).isNegative ? Decimal.ofInteger(-1) : Decimal.ONE;
        const exact = Decimal.of(a).times(sign);
        const by = Decimal.of(b).times(sign);
        expect(floor.times(by).lte(exact)).toBe(true);
        expect(ceil.times(by).gte(exact)).toBe(true);
        expect(
          ceil.minus(floor).lte(Decimal.ONE.dividedBy(Decimal.ofInteger(10n ** BigInt(scale)), scale, 'ceil')),
        ).toBe(true);
      }),
    );
  });

  it('survives a round trip through text', () => {
    fc.assert(
      fc.property(
        text,
        (a) => new Big(Decimal.of(a).toString()).eq(a) && !/\.\d*0$|^-0$/.test(Decimal.of(a).toString()),
      ),
    );
  });

  it.each(['', ' 1', '1e5', 'NaN', 'Infinity', '.5', '1.', '0x10', '1,000', '--1'])('refuses %p', (bad) => {
    expect(() => Decimal.of(bad)).toThrow(RangeError);
  });

  it('refuses to divide by zero', () => {
    expect(() => Decimal.ONE.dividedBy(Decimal.ZERO, 2, 'floor')).toThrow(RangeError);
  });
});

describe('money', () => {
  const positive = fc.integer({ min: 1, max: 1_000_000_000 }).map((n) => Decimal.of((n / 1000).toFixed(3)));
  const step = fc.constantFrom('0.001', '0.5', '0.00001', '1', '10', '0.25').map((item) => Decimal.of(item));

  it('floors to the step: a multiple, not above, less than one step below', () => {
    fc.assert(
      fc.property(positive, step, (value, by) => {
        const floored = floorToStep(value, by);
        expect(isMultipleOf(floored, by)).toBe(true);
        expect(floored.lte(value)).toBe(true);
        expect(value.minus(floored).lt(by)).toBe(true);
      }),
    );
  });

  it('rounds to the nearest step', () => {
    fc.assert(
      fc.property(positive, step, (value, by) => {
        const distance = roundToStep(value, by).minus(value).abs();
        expect(distance.times(Decimal.ofInteger(2)).lte(by)).toBe(true);
      }),
    );
  });

  it('does not lose a lot step where a JS number would', () => {
    expect(floorToStep(Decimal.of('0.3'), Decimal.of('0.1')).toString()).toBe('0.3');
    expect(Math.floor(0.3 / 0.1) * 0.1).not.toBe(0.3);
  });

  it('computes percentages', () => {
    expect(percentOf(Decimal.of('200'), Decimal.of('0.5')).toString()).toBe('1');
    expect(asPercent(Decimal.of('1'), Decimal.of('3')).toString()).toBe('33.3333');
    expect(asPercent(Decimal.of('1'), Decimal.ZERO).toString()).toBe('0');
  });

  it('turns missing values into 0 at the JSON edge', () => {
    expect(toJsonNumber(null)).toBe(0);
    expect(toJsonNumber('70000.50')).toBe(70000.5);
  });
});
