/**
 * How good the probabilities of a classifier are on rows that it has not learned from.
 * Sources: area under the ROC curve by ranks: J. A. Hanley and B. J. McNeil, Radiology 143 (1982); logarithmic loss: I. J. Good
 * (1952). Ties share their rank.
 */
export interface Validation {
  readonly rows: number;
  /** Share of yes among the rows. */
  readonly baseRate: number;
  /** 0.5 is chance; null where there is one answer only. */
  readonly auc: number | null;
  readonly logLoss: number;
  /** The same of always saying the base rate: what a model must be below. */
  readonly logLossOfBase: number;
  /** Of the rows whose probability is above the threshold: how many, and the share of yes among them. */
  readonly chosen: number;
  readonly precision: number | null;
}

const LEAST = 1e-12;

export function validated(probabilities: Float64Array, labels: Uint8Array, threshold: number): Validation {
  const rows = labels.length;
  const yes = labels.reduce((sum, label) => sum + label, 0);
  const baseRate = yes / rows;
  let [loss, chosen, right] = [0, 0, 0];
  for (let row = 0; row < rows; row += 1) {
    const p = probabilities[row] as number;
    loss -= lossOf(labels[row] as number, p);
    if (p <= threshold) continue;
    chosen += 1;
    right += labels[row] as number;
  }
  const entropy = -(baseRate * safeLog(baseRate) + (1 - baseRate) * safeLog(1 - baseRate));
  return {
    rows,
    baseRate,
    auc: aucOf(probabilities, labels, yes),
    logLoss: loss / rows,
    logLossOfBase: entropy,
    chosen,
    precision: chosen === 0 ? null : right / chosen,
  };
}

const safeLog = (value: number): number => Math.log(Math.max(value, LEAST));

const lossOf = (label: number, p: number): number => (label === 1 ? safeLog(p) : safeLog(1 - p));

function aucOf(probabilities: Float64Array, labels: Uint8Array, yes: number): number | null {
  const rows = labels.length;
  if (yes === 0 || yes === rows) return null;
  const order = Uint32Array.from({ length: rows }, (_, row) => row).sort(
    (a, b) => (probabilities[a] as number) - (probabilities[b] as number),
  );
  let ranks = 0;
  for (let start = 0; start < rows;) {
    let end = start;
    while (end < rows && probabilities[order[end] as number] === probabilities[order[start] as number]) end += 1;
    const shared = (start + 1 + end) / 2;
    for (let at = start; at < end; at += 1) ranks += labels[order[at] as number] === 1 ? shared : 0;
    start = end;
  }
  return (ranks - (yes * (yes + 1)) / 2) / (yes * (rows - yes));
}
