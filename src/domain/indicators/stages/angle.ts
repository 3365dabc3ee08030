/** A slope as an angle in degrees, −90 to 90. Keeps: one price unit a bar is 45 degrees, as in TA-Lib. */
import type { Graph, Series } from '../core/graph.js';
import { BarStage } from './arithmetic.js';

const DEGREES = 180 / Math.PI;

export class Angle extends BarStage {
  constructor(
    graph: Graph,
    private readonly slope: Series,
  ) {
    super(graph, slope);
  }

  run(from: number, to: number): void {
    const slope = this.slope.data;
    const out = this.out.data;
    for (let i = from; i < to; i += 1) out[i] = Math.atan(slope[i] as number) * DEGREES;
  }
}
