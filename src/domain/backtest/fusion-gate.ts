/**
 * The layer that chooses among the candidates of house bots, inside a run.
 * Keeps: the rules of `domain/fusion` at the price at which a signal would be carried out, so that a late one is seen to be
 * late; what is no candidate of a house bot passes. A signal blocks others until its trade has ended.
 */
import { BOTS, type Bot, type Candidate, type FusionSettings } from '../fusion/candidate.js';
import { fuse, type FusionState, NO_FUSION, released } from '../fusion/fusion.js';
import type { EnterIntent, Intent } from '../intent/intent.js';

export class FusionGate {
  #state: FusionState = NO_FUSION;

  constructor(
    private readonly settings: FusionSettings,
    private readonly refused: (reason: string) => void,
  ) {}

  /** Those of `intents` that are carried out now, at `price`; in their order. */
  choose(intents: readonly Intent[], price: number, now: number): Intent[] {
    const candidates = intents.flatMap((intent) => (intent.kind === 'ENTER' ? (candidateOf(intent) ?? []) : []));
    if (candidates.length === 0) return [...intents];
    const { state, approved, refused } = fuse(this.#state, candidates, { now, priceOf: () => price }, this.settings);
    this.#state = state;
    for (const { reason } of refused) this.refused(`FUSION_${reason}`);
    const chosen = new Set(approved.map(({ ref }) => ref));
    return intents.filter(
      (intent) => intent.kind !== 'ENTER' || candidateOf(intent) === undefined || chosen.has(intent.ref ?? ''),
    );
  }

  ended(ref: string | null): void {
    if (ref !== null && this.#state.approvals.some((approval) => approval.ref === ref)) {
      this.#state = released(this.#state, ref);
    }
  }
}

function candidateOf({ meta, ref, symbol, side, entry, targets, confidence }: EnterIntent): Candidate | undefined {
  const bot = BOTS.find((name): name is Bot => name === meta.bot_source);
  if (bot === undefined || ref === null || entry === null) return undefined;
  const firstTarget = Number(targets[0]);
  return { ref, bot, symbol, side, entry: Number(entry), firstTarget, confidence: confidence ?? 0 };
}
