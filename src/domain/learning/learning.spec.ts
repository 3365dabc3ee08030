/** Learning what can be learned, nothing where there is nothing, and the same every time. */
import { SeededRandom } from '../random/seeded-random.js';
import { probability, type Rows, trainTrees } from './boosted-trees.js';
import { validated } from './validation.js';

const OPTIONS = { trees: 30, depth: 3, rate: 0.2, l2: 1, minWeight: 5 };

/** `rule` says yes or no by two of three features; `noise` turns that share of the answers round. */
function rowsOf(seed: number, count: number, rule: (a: number, b: number) => boolean, noise = 0): Rows {
  const chance = new SeededRandom(seed);
  const column = () => Float64Array.from({ length: count }, () => chance.gaussian());
  const features = [column(), column(), column()];
  const [a, b] = features as [Float64Array, Float64Array];
  const labels = Uint8Array.from({ length: count }, (_, row) => {
    const answer = rule(a[row] as number, b[row] as number);
    return Number(chance.next() < noise ? !answer : answer);
  });
  return { features, labels };
}

function judged(train: Rows, test: Rows) {
  const model = trainTrees(train, OPTIONS);
  const guesses = Float64Array.from(test.labels, (_, row) =>
    probability(
      model,
      Float64Array.from(test.features, (column) => column[row] as number),
    ),
  );
  return { model, ...validated(guesses, test.labels, 0.65) };
}

describe('boosted trees', () => {
  it('learn a rule of two features that no line separates', () => {
    const apart = (a: number, b: number) => a * b > 0;
    const { auc, precision, logLoss, logLossOfBase } = judged(rowsOf(1, 4_000, apart), rowsOf(2, 2_000, apart));
    expect(auc).toBeGreaterThan(0.97);
    expect(precision).toBeGreaterThan(0.95);
    expect(logLoss).toBeLessThan(logLossOfBase / 2);
  });

  it('learn through noise, and from noise alone almost nothing', () => {
    const higher = (a: number) => a > 0.5;
    expect(judged(rowsOf(3, 6_000, higher, 0.3), rowsOf(4, 3_000, higher, 0.3)).auc).toBeGreaterThan(0.65);
    const { auc, chosen } = judged(rowsOf(5, 6_000, higher, 0.5), rowsOf(6, 3_000, higher, 0.5));
    expect(Math.abs((auc as number) - 0.5)).toBeLessThan(0.05);
    expect(chosen).toBeLessThan(300);
  });

  it('are the same every time, and survive a file', () => {
    const rows = rowsOf(7, 1_000, (a, b) => a > b);
    const model = trainTrees(rows, OPTIONS);
    const copy = JSON.parse(JSON.stringify(model)) as typeof model;
    expect(trainTrees(rows, OPTIONS)).toEqual(model);
    expect(copy).toEqual(model);
    expect(() => trainTrees({ ...rows, labels: new Uint8Array(1_000) }, OPTIONS)).toThrow('both answers');
  });
});

describe('validation', () => {
  it('is that of its sources', () => {
    const result = validated(Float64Array.of(0.1, 0.4, 0.4, 0.8), Uint8Array.of(0, 0, 1, 1), 0.5);
    // Of four pairs of a yes and a no three are in order, and one is a tie.
    expect(result).toMatchObject({ rows: 4, baseRate: 0.5, auc: 3.5 / 4, chosen: 1, precision: 1 });
    expect(result.logLoss).toBeCloseTo(-(Math.log(0.9) + Math.log(0.6) + Math.log(0.4) + Math.log(0.8)) / 4, 12);
    expect(result.logLossOfBase).toBeCloseTo(Math.log(2), 12);
    expect(validated(Float64Array.of(0.1), Uint8Array.of(0), 0.5)).toMatchObject({ auc: null, precision: null });
  });
});
