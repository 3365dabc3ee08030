/**
 * A classifier that is learned: gradient-boosted decision trees for one yes-or-no question.
 * Source: J. H. Friedman, "Greedy Function Approximation: A Gradient Boosting Machine", Annals of Statistics 29 (2001), with the
 * logistic loss; leaves and gains with second derivatives and L2 as in T. Chen and C. Guestrin, "XGBoost", KDD 2016; splits on
 * histograms of quantiles. Keeps: deterministic: no chance at all, so the same rows give the same trees on every machine.
 */
export interface Rows {
  /** One column for each feature, all of one length; finite numbers. */
  readonly features: readonly Float64Array[];
  /** 1 for yes, 0 for no. */
  readonly labels: Uint8Array;
}

/** A node: to `left` where the feature is at most `at`, else to `right`; a leaf has a value. */
export type Tree =
  | { readonly feature: number; readonly at: number; readonly left: Tree; readonly right: Tree }
  | { readonly value: number };

export interface BoostedTrees {
  /** Log-odds before the first tree. */
  readonly base: number;
  readonly trees: readonly Tree[];
}

export interface TreeOptions {
  readonly trees: number;
  readonly depth: number;
  /** How much of each tree is taken. */
  readonly rate: number;
  /** L2 on leaves. */
  readonly l2: number;
  /** Least sum of second derivatives in a leaf. */
  readonly minWeight: number;
}

const BINS = 32;

/** Trains on all rows. @throws RangeError for rows of one answer only. */
export function trainTrees({ features, labels }: Rows, options: TreeOptions): BoostedTrees {
  const count = labels.length;
  const yes = labels.reduce((sum, label) => sum + label, 0);
  if (yes === 0 || yes === count) throw new RangeError('there must be both answers to learn from');
  const base = Math.log(yes / (count - yes));
  const edges = features.map(edgesOf);
  const bins = features.map((column, feature) => binned(column, edges[feature] as Float64Array));
  const scores = new Float64Array(count).fill(base);
  const gradients = new Float64Array(count);
  const weights = new Float64Array(count);
  const all = Uint32Array.from({ length: count }, (_, row) => row);
  const trees: Tree[] = [];
  for (let round = 0; round < options.trees; round += 1) {
    for (let row = 0; row < count; row += 1) {
      const p = sigmoid(scores[row] as number);
      gradients[row] = p - (labels[row] as number);
      weights[row] = Math.max(p * (1 - p), 1e-12);
    }
    const grower = { bins, edges, gradients, weights, scores, options };
    trees.push(grow(grower, all, 0));
  }
  return { base, trees };
}

/** The probability of yes, for one row: `row[feature]`. */
export function probability({ base, trees }: BoostedTrees, row: Float64Array): number {
  let score = base;
  for (const tree of trees) {
    let node = tree;
    while ('feature' in node) node = (row[node.feature] as number) <= node.at ? node.left : node.right;
    score += node.value;
  }
  return sigmoid(score);
}

export function sigmoid(score: number): number {
  return 1 / (1 + Math.exp(-score));
}

interface Grower {
  readonly bins: readonly Uint8Array[];
  readonly edges: readonly Float64Array[];
  readonly gradients: Float64Array;
  readonly weights: Float64Array;
  readonly scores: Float64Array;
  readonly options: TreeOptions;
}

interface Split {
  readonly feature: number;
  readonly bin: number;
  readonly gain: number;
}

function grow(grower: Grower, rows: Uint32Array, depth: number): Tree {
  const { gradients, weights, options, edges, bins } = grower;
  let [gradient, weight] = [0, 0];
  for (const row of rows) {
    gradient += gradients[row] as number;
    weight += weights[row] as number;
  }
  const split = depth < options.depth ? bestSplit(grower, rows, gradient, weight) : undefined;
  if (split === undefined) return leaf(grower, rows, gradient, weight);
  const column = bins[split.feature] as Uint8Array;
  const left = rows.filter((row) => (column[row] as number) <= split.bin);
  const right = rows.filter((row) => (column[row] as number) > split.bin);
  return {
    feature: split.feature,
    at: (edges[split.feature] as Float64Array)[split.bin] as number,
    left: grow(grower, left, depth + 1),
    right: grow(grower, right, depth + 1),
  };
}

/** Values are rounded to nine digits, which is what a model file keeps of them. */
function leaf({ scores, options }: Grower, rows: Uint32Array, gradient: number, weight: number): Tree {
  const value = Number(((-gradient / (weight + options.l2)) * options.rate).toPrecision(9));
  for (const row of rows) scores[row] = (scores[row] as number) + value;
  return { value };
}

/** The split that lowers the loss most; the first of equals. */
function bestSplit(grower: Grower, rows: Uint32Array, gradient: number, weight: number): Split | undefined {
  const { l2, minWeight } = grower.options;
  const before = (gradient * gradient) / (weight + l2);
  let best: Split | undefined;
  const [sums, masses] = [new Float64Array(BINS), new Float64Array(BINS)];
  for (let feature = 0; feature < grower.bins.length; feature += 1) {
    histogram(grower, rows, feature, sums, masses);
    let [g, w] = [0, 0];
    const last = (grower.edges[feature] as Float64Array).length;
    for (let bin = 0; bin < last; bin += 1) {
      g += sums[bin] as number;
      w += masses[bin] as number;
      if (w < minWeight || weight - w < minWeight) continue;
      const gain = (g * g) / (w + l2) + (gradient - g) ** 2 / (weight - w + l2) - before;
      if (gain > 1e-9 && (best === undefined || gain > best.gain)) best = { feature, bin, gain };
    }
  }
  return best;
}

function histogram(
  { bins, gradients, weights }: Grower,
  rows: Uint32Array,
  feature: number,
  sums: Float64Array,
  masses: Float64Array,
): void {
  sums.fill(0);
  masses.fill(0);
  const column = bins[feature] as Uint8Array;
  for (const row of rows) {
    const bin = column[row] as number;
    sums[bin] = (sums[bin] as number) + (gradients[row] as number);
    masses[bin] = (masses[bin] as number) + (weights[row] as number);
  }
}

/** Upper edges of all bins but the last, at quantiles; equal values stay together. */
function edgesOf(column: Float64Array): Float64Array {
  const sorted = column.toSorted();
  const edges: number[] = [];
  for (let bin = 1; bin < BINS; bin += 1) {
    const at = Number((sorted[Math.floor((bin * sorted.length) / BINS)] as number).toPrecision(9));
    if (edges.length === 0 || at > (edges.at(-1) as number)) edges.push(at);
  }
  return Float64Array.from(edges);
}

function binned(column: Float64Array, edges: Float64Array): Uint8Array {
  return Uint8Array.from(column, (value) => {
    let [low, high] = [0, edges.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (value <= (edges[middle] as number)) high = middle;
      else low = middle + 1;
    }
    return low;
  });
}
