/**
 * Runs indicators: bar by bar (`next`) or over whole columns (`batch`), by the same loops.
 * Keeps: both forms give the same bits. A bar with a missing or infinite value has no results and ends the run: the next
 * bar begins a new one, so that nothing is ever computed across a hole. Memory is a window, whatever the history.
 */
import { type Bar, columnOf, type Columns } from './columns.js';
import type { IndicatorDefinition, Output } from './definition.js';
import { Graph, type InputName, type Series, type Stage } from './graph.js';
import { completed, type GivenParameters } from './parameters.js';

export interface Request {
  readonly definition: IndicatorDefinition;
  readonly parameters?: GivenParameters;
}

/** Bars that a batch takes at a time: its windows stay in the processor's nearest caches. */
const BATCH_BARS = 2_048;

/** Bars that arrive between two slides of the windows of an incremental run. */
const SLACK_BARS = 64;

export class Indicators {
  /** Results of the last bar, in the order of the requests and their outputs; NaN where there is none yet. */
  readonly values: Float64Array;
  readonly inputs: readonly InputName[];
  readonly #graph: Graph;
  readonly #offsets: readonly number[];
  readonly #capacity: number;
  readonly #reach: number;
  // Flat copies of what the graph knows: a bar must not pay for looking it up.
  readonly #stages: readonly Stage[];
  readonly #starts: Int32Array;
  readonly #firsts: Int32Array;
  readonly #windows: readonly Float64Array[];
  readonly #columns: Readonly<Record<InputName, Float64Array | undefined>>;
  readonly #results: readonly Float64Array[];
  readonly #inputSeries: readonly (readonly Series[])[];
  readonly #outputSeries: readonly Series[];
  #end = 0;
  #seen = 0;

  constructor(requests: readonly Request[], slack: number = SLACK_BARS) {
    const graph = new Graph();
    const places = requests.map((request) => built(graph, request));
    this.#graph = graph;
    this.#reach = graph.reach;
    // No window slides more often than once in as many bars as it keeps.
    this.#capacity = this.#reach + Math.max(slack, this.#reach);
    graph.allocate(this.#capacity);
    this.inputs = [...graph.inputs.keys()];
    this.#windows = [...graph.inputs.values()].map(({ data }) => data);
    const window = (name: InputName): Float64Array | undefined => graph.inputs.get(name)?.data;
    this.#columns = {
      open: window('open'),
      high: window('high'),
      low: window('low'),
      close: window('close'),
      volume: window('volume'),
      time: window('time'),
    };
    this.#stages = graph.stages;
    this.#starts = Int32Array.from(graph.stages, ({ startsAt }) => startsAt);
    this.#inputSeries = [...graph.inputs.values()].map((series) => [series, ...graph.viewsOf(series)]);
    this.#outputSeries = places.flat().map(({ series }) => series);
    this.#results = places.flat().map(({ series }) => series.data);
    this.#firsts = Int32Array.from(places.flat(), ({ first }) => first);
    this.values = new Float64Array(this.#firsts.length).fill(NaN);
    this.#offsets = places.map((_, index) => places.slice(0, index).flat().length);
  }

  /** Where in `values` the outputs of a request begin. */
  offset(request: number): number {
    return this.#offsets[request] ?? NaN;
  }

  /** First bar of a run that has a result, for each place of `values`. */
  get firsts(): number[] {
    return [...this.#firsts];
  }

  /** Bars before the first at which every result is there, if none is missing. */
  get warmUp(): number {
    return Math.max(0, ...this.#firsts);
  }

  /** Takes the next bar; the answer is `values`, overwritten by the next call. */
  next(bar: Bar): Float64Array {
    if (this.#end === this.#capacity) this.#slide();
    const { values } = this;
    const firsts = this.#firsts;
    const at = this.#end;
    if (!this.#take(bar, at)) {
      this.reset();
      return values;
    }
    const stages = this.#stages;
    const starts = this.#starts;
    const results = this.#results;
    const seen = this.#seen;
    const end = at + 1;
    for (let index = 0; index < stages.length; index += 1) {
      if (seen >= (starts[index] as number)) (stages[index] as Stage).run(at, end);
    }
    this.#end = end;
    this.#seen = seen + 1;
    for (let index = 0; index < values.length; index += 1) {
      if (seen >= (firsts[index] as number)) values[index] = (results[index] as Float64Array)[at] as number;
    }
    return values;
  }

  /** Forgets all bars. */
  reset(): void {
    this.#end = 0;
    this.#seen = 0;
    for (const stage of this.#stages) stage.reset();
    this.values.fill(NaN);
  }

  /**
   * Takes all bars of the columns after those taken before; the answer holds a column of results per place of `values`.
   * @param into columns to write to, where they are to be used again.
   */
  batch(columns: Columns, into?: readonly Float64Array[]): Float64Array[] {
    const results = into?.slice() ?? this.#results.map(() => new Float64Array(columns.length));
    const inputs = this.inputs.map((name) => columnOf(columns, name));
    for (let at = 0; at < columns.length;) {
      const end = wholeUntil(inputs, at, columns.length);
      this.#stretch(inputs, results, at, end);
      at = end;
      if (end === columns.length) break;
      for (const result of results) result[end] = NaN;
      this.reset();
      at += 1;
    }
    return results;
  }

  /**
   * Bars [start, end), all of them whole. While the bars before them lie in the windows they are copied there; from then
   * on the inputs are read where they are.
   */
  #stretch(inputs: readonly Float64Array[], results: readonly Float64Array[], start: number, end: number): void {
    const before = this.#seen;
    let at = start;
    while (at < end) {
      if (this.#end === this.#capacity) this.#slide();
      const local = this.#end;
      const count = Math.min(end - at, this.#capacity - local);
      const isViewed = at - start >= local;
      for (let index = 0; index < inputs.length; index += 1) {
        const input = inputs[index] as Float64Array;
        if (isViewed) this.#point(index, input.subarray(at - local, at + count));
        else (this.#windows[index] as Float64Array).set(input.subarray(at, at + count), local);
      }
      this.#run(count, results, at);
      at += count;
    }
    this.#settle(inputs, end, start);
    for (let index = 0; index < results.length; index += 1) {
      const missing = Math.min(end - start, Math.max(0, (this.#firsts[index] as number) - before));
      results[index]?.fill(NaN, start, start + missing);
    }
  }

  /** Puts the last bars of the inputs back into the windows, for those that come one at a time. */
  #settle(inputs: readonly Float64Array[], end: number, start: number): void {
    const kept = Math.min(this.#end, end - start);
    inputs.forEach((input, index) => {
      const window = this.#windows[index] as Float64Array;
      window.set(input.subarray(end - kept, end), this.#end - kept);
      this.#point(index, window);
    });
  }

  /** Lets an input, and all views of it, be read from there. */
  #point(input: number, data: Float64Array): void {
    for (const series of this.#inputSeries[input] ?? []) series.data = data;
  }

  /** Runs over the next bars, and copies what comes of them to the results from `at` on. */
  #run(count: number, results: readonly Float64Array[], at: number): void {
    const from = this.#end;
    const to = from + count;
    const seen = this.#seen;
    for (let index = 0; index < this.#stages.length; index += 1) {
      const skipped = (this.#starts[index] as number) - seen;
      if (skipped < count) (this.#stages[index] as Stage).run(from + Math.max(0, skipped), to);
    }
    this.#end = to;
    this.#seen = seen + count;
    for (let index = 0; index < results.length; index += 1) {
      const { data } = this.#outputSeries[index] as Series;
      results[index]?.set(data.subarray(from, to), at);
    }
  }

  /** Writes the bar's values to the windows; whether all of them are finite numbers. */
  #take(bar: Bar, at: number): boolean {
    const { open, high, low, close, volume, time } = this.#columns;
    let check = 0;
    if (open !== undefined) check += put(open, at, bar.open);
    if (high !== undefined) check += put(high, at, bar.high);
    if (low !== undefined) check += put(low, at, bar.low);
    if (close !== undefined) check += put(close, at, bar.close);
    if (volume !== undefined) check += put(volume, at, bar.volume);
    if (time !== undefined) check += put(time, at, bar.time ?? NaN);
    return check === 0;
  }

  #slide(): void {
    this.#graph.slide(this.#end, this.#reach);
    this.#end = this.#reach;
  }
}

/** The results of one indicator by output, over whole columns. */
export function batch(
  definition: IndicatorDefinition,
  columns: Columns,
  parameters: GivenParameters = {},
): Record<string, Float64Array> {
  const results = new Indicators([{ definition, parameters }], BATCH_BARS).batch(columns);
  return Object.fromEntries(
    definition.outputs.map(({ name }: Output, index) => [name, results[index] as Float64Array]),
  );
}

/** A run over whole columns of several indicators, whose shared parts are computed once. */
export function batchOf(requests: readonly Request[]): Indicators {
  return new Indicators(requests, BATCH_BARS);
}

interface Place {
  readonly series: Series;
  readonly first: number;
}

function built(graph: Graph, { definition, parameters = {} }: Request): Place[] {
  const complete = completed(definition.name, definition.parameters, parameters);
  const series = definition.build(graph, complete as never);
  const last = series.reduce((most, { first }) => Math.max(most, first), 0);
  return series.map((one) => ({ series: one, first: definition.together === true ? last : one.first }));
}

/** 0 for a finite value, NaN otherwise. */
function put(window: Float64Array, at: number, value: number): number {
  const target = window;
  target[at] = value;
  return value - value;
}

/** The first bar from `from` on that has not a finite number in every column; block by block, so that holes cost little. */
function wholeUntil(columns: readonly Float64Array[], from: number, to: number): number {
  for (let start = from; start < to; start += HOLE_BARS) {
    const end = Math.min(start + HOLE_BARS, to);
    if (columns.every((column) => isWhole(column, start, end))) continue;
    const hole = Math.min(...columns.map((column) => firstHole(column, start, end)));
    if (hole < end) return hole;
  }
  return to;
}

/** Bars that are looked through at a time. */
const HOLE_BARS = 256;

function firstHole(column: Float64Array, from: number, to: number): number {
  let index = from;
  while (index < to && Number.isFinite(column[index])) index += 1;
  return index;
}

/**
 * A sum is finite only if all it is made of is (one that overflows makes us look closer); four sums at a time, for they do
 * not wait for each other.
 */
function isWhole(column: Float64Array, from: number, to: number): boolean {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let index = from;
  for (; index + 3 < to; index += 4) {
    a += column[index] as number;
    b += column[index + 1] as number;
    c += column[index + 2] as number;
    d += column[index + 3] as number;
  }
  for (; index < to; index += 1) a += column[index] as number;
  return Number.isFinite(a) && Number.isFinite(b) && Number.isFinite(c) && Number.isFinite(d);
}
