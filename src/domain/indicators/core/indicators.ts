/**
 * Runs indicators: bar by bar (`next`) or over whole columns (`batch`), by the same loops.
 * Keeps: both forms give the same bits. A bar with a missing or infinite value has no results and ends the run: the next
 * bar begins a new one, so that nothing is ever computed across a hole. Memory is a window, whatever the history.
 */
import { type Bar, columnOf, type Columns } from './columns.js';
import type { IndicatorDefinition, Output } from './definition.js';
import { Graph, type InputName, type Series } from './graph.js';
import { completed, type GivenParameters } from './parameters.js';

export interface Request {
  readonly definition: IndicatorDefinition;
  readonly parameters?: GivenParameters;
}

/** Bars that a batch takes at a time: its windows stay in the processor's nearest caches. */
const BATCH_BARS = 1_024;

/** Bars that arrive between two slides of the windows of an incremental run. */
const SLACK_BARS = 64;

interface Place {
  readonly series: Series;
  /** First bar of a run that has a result. */
  readonly first: number;
}

export class Indicators {
  /** Results of the last bar, in the order of the requests and their outputs; NaN where there is none yet. */
  readonly values: Float64Array;
  readonly #graph = new Graph();
  readonly #places: Place[] = [];
  readonly #offsets: number[] = [];
  readonly #capacity: number;
  readonly #reach: number;
  #end = 0;
  #seen = 0;

  constructor(requests: readonly Request[], slack: number = SLACK_BARS) {
    for (const request of requests) {
      this.#offsets.push(this.#places.length);
      this.#places.push(...built(this.#graph, request));
    }
    this.#reach = this.#graph.reach;
    // No window slides more often than once in as many bars as it keeps.
    this.#capacity = this.#reach + Math.max(slack, this.#reach);
    this.#graph.allocate(this.#capacity);
    this.values = new Float64Array(this.#places.length).fill(NaN);
  }

  /** Where in `values` the outputs of a request begin. */
  offset(request: number): number {
    return this.#offsets[request] ?? NaN;
  }

  get inputs(): InputName[] {
    return [...this.#graph.inputs.keys()];
  }

  /** Bars from which on every result is there, if none is missing. */
  get warmUp(): number {
    return this.#places.reduce((most, { first }) => Math.max(most, first), 0);
  }

  /** First bar that has a result, for each place of `values`. */
  get firsts(): number[] {
    return this.#places.map(({ first }) => first);
  }

  /** Takes the next bar; the answer is `values`, overwritten by the next call. */
  next(bar: Bar): Float64Array {
    if (this.#end === this.#capacity) this.#slide();
    const at = this.#end;
    let check = 0;
    for (const [name, series] of this.#graph.inputs) {
      const value = valueOf(bar, name);
      check += value - value;
      series.data[at] = value;
    }
    if (check !== 0) {
      this.reset();
      return this.values;
    }
    this.#run(1);
    const seen = this.#seen;
    const { values } = this;
    for (let index = 0; index < values.length; index += 1) {
      const { series, first } = this.#places[index] as Place;
      values[index] = seen > first ? (series.data[at] as number) : NaN;
    }
    return values;
  }

  /** Forgets all bars. */
  reset(): void {
    this.#end = 0;
    this.#seen = 0;
    for (const stage of this.#graph.stages) stage.reset();
    this.values.fill(NaN);
  }

  /**
   * Takes all bars of the columns; the answer holds one column of results per place of `values`.
   * @param into columns to write to, where they are to be used again.
   */
  batch(columns: Columns, into?: readonly Float64Array[]): Float64Array[] {
    const results = into?.slice() ?? this.#places.map(() => new Float64Array(columns.length));
    const inputs = [...this.#graph.inputs].map(([name, series]) => ({ from: columnOf(columns, name), to: series }));
    const holes = holesOf(inputs.map(({ from }) => from));
    let start = 0;
    for (const hole of holes) {
      this.#segment(inputs, start, hole, results);
      for (const result of results) result[hole] = NaN;
      this.reset();
      start = hole + 1;
    }
    this.#segment(inputs, start, columns.length, results);
    return results;
  }

  #segment(inputs: readonly Feed[], start: number, end: number, results: readonly Float64Array[]): void {
    for (let at = start; at < end;) {
      if (this.#end === this.#capacity) this.#slide();
      const count = Math.min(end - at, this.#capacity - this.#end);
      for (const { from, to } of inputs) to.data.set(from.subarray(at, at + count), this.#end);
      const before = this.#seen;
      const local = this.#end;
      this.#run(count);
      for (const [index, { series, first }] of this.#places.entries()) {
        const result = results[index] as Float64Array;
        const missing = Math.min(count, Math.max(0, first - before));
        result.fill(NaN, at, at + missing);
        result.set(series.data.subarray(local + missing, local + count), at + missing);
      }
      at += count;
    }
  }

  #run(count: number): void {
    const from = this.#end;
    const to = from + count;
    const seen = this.#seen;
    const { stages } = this.#graph;
    for (let index = 0; index < stages.length; index += 1) {
      const stage = stages[index] as (typeof stages)[number];
      const skipped = stage.startsAt - seen;
      if (skipped <= 0) stage.run(from, to);
      else if (skipped < count) stage.run(from + skipped, to);
    }
    this.#end = to;
    this.#seen = seen + count;
  }

  #slide(): void {
    this.#graph.slide(this.#end, this.#reach);
    this.#end = this.#reach;
  }
}

interface Feed {
  readonly from: Float64Array;
  readonly to: Series;
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

function built(graph: Graph, { definition, parameters = {} }: Request): Place[] {
  const complete = completed(definition.name, definition.parameters, parameters);
  const series = definition.build(graph, complete as never);
  const last = series.reduce((most, { first }) => Math.max(most, first), 0);
  return series.map((one) => ({ series: one, first: definition.together === true ? last : one.first }));
}

function valueOf(bar: Bar, name: InputName): number {
  switch (name) {
    case 'open':
      return bar.open;
    case 'high':
      return bar.high;
    case 'low':
      return bar.low;
    case 'close':
      return bar.close;
    case 'volume':
      return bar.volume;
    case 'time':
      return bar.time ?? NaN;
  }
}

/** Bars at which one of the columns is not a finite number, ascending. */
function holesOf(columns: readonly Float64Array[]): number[] {
  const holes = new Set<number>();
  for (const column of columns) {
    if (isWhole(column)) continue;
    for (let index = 0; index < column.length; index += 1) if (!Number.isFinite(column[index])) holes.add(index);
  }
  return [...holes].sort((a, b) => a - b);
}

/** x - x is 0 for every finite x and NaN otherwise; four sums at a time, for they do not wait for each other. */
function isWhole(column: Float64Array): boolean {
  const { length } = column;
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let index = 0;
  for (; index + 3 < length; index += 4) {
    const w = column[index] as number;
    const x = column[index + 1] as number;
    const y = column[index + 2] as number;
    const z = column[index + 3] as number;
    a += w - w;
    b += x - x;
    c += y - y;
    d += z - z;
  }
  for (; index < length; index += 1) a += (column[index] as number) - (column[index] as number);
  return a + b + c + d === 0;
}
