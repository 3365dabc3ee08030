import fc from 'fast-check';
import { flatBars, someBars } from '../../../test/factories/bars.js';
import { type Bar, columnsOf } from './core/columns.js';
import type { IndicatorDefinition, Unit } from './core/definition.js';
import { Graph } from './core/graph.js';
import { completed, type GivenParameters } from './core/parameters.js';
import { batchIndicators, indicate, indicators, INDICATORS, indicatorNamed, warmUpOf } from './registry.js';

const RUNS = { numRuns: 4 };

/** Windows short enough to fill and to turn over many times in a few hundred bars. */
function shortened(definition: IndicatorDefinition): GivenParameters {
  return Object.fromEntries(
    Object.entries(definition.parameters).flatMap(([name, spec]) =>
      spec.kind === 'integer' && spec.default > 12 ? [[name, Math.max(spec.min, Math.ceil(spec.default / 6))]] : [],
    ),
  );
}

/** Results that are missing in places although the warm-up is over: calendar and turns. */
const WITH_HOLES = new Set(['pivotPoints', 'swings', 'zigzag']);

describe.each(INDICATORS.map((definition) => [definition.name, definition] as const))('%s', (name, definition) => {
  const parameters = shortened(definition);
  const named = { name, parameters };

  it('gives the same bits bar by bar, in one batch and in pieces', () => {
    fc.assert(
      fc.property(someBars(60, 260), fc.integer({ min: 1, max: 50 }), (bars, cut) => {
        const whole = batchIndicators([named]).batch(columnsOf(bars));
        const stream = indicators([named]);
        const pieces = batchIndicators([named]);
        const head = pieces.batch(columnsOf(bars.slice(0, cut)));
        const tail = pieces.batch(columnsOf(bars.slice(cut)));
        whole.forEach((column, index) => {
          expect([...(head[index] as Float64Array), ...(tail[index] as Float64Array)]).toEqual([...column]);
        });
        const results = bars.map((bar) => [...stream.next(bar)]);
        expect(results).toEqual(bars.map((_, bar) => whole.map((column) => column[bar])));
      }),
      RUNS,
    );
  });

  it('begins anew after a bar that is missing, as if nothing had been before', () => {
    fc.assert(
      fc.property(someBars(40, 60), someBars(60, 120), (before, after) => {
        const missing = { ...(before[0] as Bar), open: NaN, high: NaN, low: NaN, close: NaN, volume: NaN };
        const joined = batchIndicators([named]).batch(columnsOf([...before, missing, ...after]));
        const alone = batchIndicators([named]).batch(columnsOf(after));
        joined.forEach((column, index) => {
          expect(column[before.length]).toBeNaN();
          expect([...column.subarray(before.length + 1)]).toEqual([...(alone[index] as Float64Array)]);
        });
      }),
      { numRuns: 1 },
    );
  });

  it('has its first value where its warm-up says, and one at every bar after', () => {
    fc.assert(
      fc.property(someBars(150, 200), (bars) => {
        const run = batchIndicators([named]);
        const { firsts } = run;
        run.batch(columnsOf(bars)).forEach((column, index) => {
          const first = firsts[index] as number;
          column.forEach((value, bar) => {
            if (bar < first) expect(value).toBeNaN();
            else if (!WITH_HOLES.has(name)) expect(Number.isFinite(value)).toBe(true);
          });
        });
        expect(warmUpOf(named)).toBe(Math.max(...firsts));
      }),
      { numRuns: 1 },
    );
  });

  it('scales with the prices and knows nothing of their size', () => {
    fc.assert(
      fc.property(someBars(60, 160), (bars) => {
        const scaled = bars.map((bar) => ({
          ...bar,
          open: bar.open * 4,
          high: bar.high * 4,
          low: bar.low * 4,
          close: bar.close * 4,
        }));
        const once = indicate(name, columnsOf(bars), parameters);
        const four = indicate(name, columnsOf(scaled), parameters);
        for (const { name: output, unit } of definition.outputs) {
          if (unit === 'degrees') continue;
          const factor = FACTORS[unit] ?? 1;
          expect([...(four[output] as Float64Array)]).toEqual(
            [...(once[output] as Float64Array)].map((x) => x * factor),
          );
        }
      }),
      { numRuns: 2 },
    );
  });

  it('has an answer for a market that stands still and for one without volume', () => {
    for (const volume of [0, 7]) {
      const found = indicate(name, columnsOf(flatBars(120, 0.1, volume)), parameters);
      for (const { name: output, unit } of definition.outputs) {
        const last = (found[output] as Float64Array).at(-1) as number;
        if (WITH_HOLES.has(name)) continue;
        expect(Number.isFinite(last)).toBe(true);
        if (unit === 'price' && LIKE_A_PRICE.has(definition.group)) expect(last).toBeCloseTo(0.1, 14);
      }
    }
  });

  it('reads what it says it reads', () => {
    const graph = new Graph();
    const built = definition.build(graph, completed(name, definition.parameters, {}) as never);
    const chosen = Object.values(definition.parameters).flatMap((spec) =>
      spec.kind === 'choice' ? [spec.default] : [],
    );
    const sources = chosen.flatMap((choice) => COLUMNS[choice] ?? []);
    expect(built).toHaveLength(definition.outputs.length);
    for (const input of graph.inputs.keys()) expect([...definition.inputs, ...sources]).toContain(input);
  });
});

/** The columns of a price that can be chosen. */
const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  close: ['close'],
  high: ['high'],
  low: ['low'],
  hl2: ['high', 'low'],
  hlc3: ['high', 'low', 'close'],
};

const FACTORS: Partial<Record<Unit, number>> = { price: 4, square: 16 };

const LIKE_A_PRICE = new Set<string>(['average']);

describe('the registry', () => {
  it('names every indicator and every output once', () => {
    expect(new Set(INDICATORS.map(({ name }) => name)).size).toBe(INDICATORS.length);
    for (const { outputs } of INDICATORS) expect(new Set(outputs.map(({ name }) => name)).size).toBe(outputs.length);
  });

  it('names what is wrong with a name, a parameter and a value', () => {
    expect(() => indicatorNamed('rsj')).toThrow('there is no indicator rsj; known: sma, ema');
    expect(() => indicators([{ name: 'rsi', parameters: { length: 3 } }])).toThrow(
      'rsi: length is not known; known: period, source',
    );
    for (const period of [0, 1.5, NaN, Infinity, 1e7]) {
      expect(() => indicators([{ name: 'rsi', parameters: { period } }])).toThrow(
        'rsi: period must be a whole number from 1 to 100000',
      );
    }
    expect(() => indicators([{ name: 'psar', parameters: { step: 2 } }])).toThrow(
      'psar: step must be a number from 0 to 1',
    );
    expect(() => indicators([{ name: 'ema', parameters: { seed: 'last' } }])).toThrow(
      'ema: seed must be one of mean, first',
    );
  });

  it('computes several over one stream, each as if it were alone', () => {
    const names = ['macd', 'rsi', 'bollinger', 'atr', 'keltner', 'stoch', 'willr'];
    fc.assert(
      fc.property(someBars(120, 160), (bars) => {
        const together = indicators(names.map((name) => ({ name })));
        const results = bars.map((bar) => [...together.next(bar)]);
        names.forEach((name, index) => {
          const alone = Object.values(indicate(name, columnsOf(bars)));
          alone.forEach((column, output) => {
            expect(results.map((row) => row[together.offset(index) + output])).toEqual([...column]);
          });
        });
      }),
      { numRuns: 3 },
    );
  });

  it('gives the same bits over thousands of bars, and leaves the columns as they were', () => {
    const bars = fc.sample(someBars(4_500, 4_500), { numRuns: 1, seed: 11 })[0] as Bar[];
    const columns = columnsOf(bars);
    const named = INDICATORS.map(({ name }) => ({ name }));
    const found = batchIndicators(named).batch(columns);
    expect(columns).toEqual(columnsOf(bars));
    const stream = indicators(named);
    const differing = bars.filter((bar, at) => {
      const values = stream.next(bar);
      return !found.every((column, index) => Object.is(column[at], values[index]));
    });
    expect(differing).toEqual([]);
  });

  it('refuses columns that are missing or of unequal length', () => {
    const columns = columnsOf(flatBars(5, 1, 1));
    expect(() => indicate('atr', { length: 5, close: columns.close })).toThrow('the column high is missing');
    expect(() => indicate('sma', { length: 4, close: columns.close })).toThrow('the column close has not 4 values');
  });
});
