/**
 * What an indicator is made of: series (a sliding window of values each) and stages (loops that read some and write others).
 * Keeps: there is one definition of every indicator and it is these loops. A stage is a loop that can be interrupted: it
 * runs over the bars [from, to) of its windows, its state is all it needs of the bars before, beyond the few that it asked
 * for by `back`. Whether the bars come one at a time or by the thousand makes no difference to any bit of the results.
 * Market statistics are doubles on purpose (money is not): nothing here is ever booked, and every index is in bounds.
 */

/** Columns that an indicator may read. `time` is the candle's opening in ms. */
export const INPUT_NAMES = ['open', 'high', 'low', 'close', 'volume', 'time'] as const;
export type InputName = (typeof INPUT_NAMES)[number];

const NOTHING = new Float64Array(0);

export class Series {
  /** The window. Allocated when the whole graph is known; stages take it anew in each run. */
  data: Float64Array = NOTHING;
  #reach = 0;

  /** `first`: the first bar of a run (from 0) that has a value. */
  constructor(readonly first: number) {}

  get reach(): number {
    return this.#reach;
  }

  /** Says that a stage looks so many bars back. */
  back(bars: number): this {
    this.#reach = Math.max(this.#reach, bars);
    return this;
  }
}

export interface Stage {
  /** The first bar of a run that this stage is given. */
  readonly startsAt: number;
  /** Continues over the bars at [from, to) of the windows. */
  run(from: number, to: number): void;
  /** Forgets everything: the next bar is the first of a run. */
  reset(): void;
}

export class Graph {
  readonly inputs = new Map<InputName, Series>();
  readonly stages: Stage[] = [];
  readonly #series: Series[] = [];
  readonly #views: { readonly view: Series; readonly of: Series }[] = [];
  #windows: readonly Float64Array[] = [];
  readonly #known = new Map<string, unknown>();

  input(name: InputName): Series {
    const found = this.inputs.get(name);
    if (found !== undefined) return found;
    const made = this.series(0);
    this.inputs.set(name, made);
    return made;
  }

  series(first: number): Series {
    const made = new Series(first);
    this.#series.push(made);
    return made;
  }

  /** The same values, of which the first so many are passed over. */
  later(series: Series, bars: number): Series {
    if (bars === 0) return series;
    const view = new Series(series.first + bars);
    const origin = this.#views.find((one) => one.view === series)?.of ?? series;
    this.#views.push({ view, of: origin });
    return view;
  }

  viewsOf(series: Series): Series[] {
    return this.#views.filter(({ of }) => of === series).map(({ view }) => view);
  }

  add<S extends Stage>(stage: S): S {
    this.stages.push(stage);
    return stage;
  }

  /** The same for the same key, so that what several indicators need is computed once. */
  shared<T>(key: string, make: () => T): T {
    const found = this.#known.get(key);
    if (found !== undefined) return found as T;
    const made = make();
    this.#known.set(key, made);
    return made;
  }

  /** Bars that must stay in the windows for what follows. */
  get reach(): number {
    return Math.max(0, ...this.#series.map(({ reach }) => reach), ...this.#views.map(({ view }) => view.reach));
  }

  /** Gives every series a window of so many bars. */
  allocate(bars: number): void {
    for (const series of this.#series) series.data = new Float64Array(bars);
    for (const { view, of } of this.#views) view.data = of.data;
    this.#windows = this.#series.map(({ data }) => data);
  }

  /**
   * Moves the last `keep` of the first `end` bars to the beginning of every window: of those given out by `allocate`, for a
   * series may for a while be read from elsewhere.
   */
  slide(end: number, keep: number): void {
    for (const window of this.#windows) window.copyWithin(0, end - keep, end);
  }
}
