/**
 * A line over time as inline SVG, with axes: equity, and the fall below its highest.
 * Keeps: no script, no network, no outside font; the same points give the same bytes.
 */
import { escaped, figure, moment } from './markup.js';

export interface ChartPoint {
  readonly at: number;
  readonly value: number;
}

export interface ChartOptions {
  readonly title: string;
  readonly unit: string;
  readonly height: number;
  /** Falls are drawn down from the top, filled. */
  readonly isFall?: boolean;
}

const WIDTH = 960;
const [LEFT, RIGHT, TOP, BOTTOM] = [70, 10, 10, 22];
const STEPS = 4;

export function chart(points: readonly ChartPoint[], { title, unit, height, isFall = false }: ChartOptions): string {
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) return '';
  const values = points.map(({ value }) => value);
  const low = isFall ? 0 : least(values);
  const high = most(values);
  const pad = high > low ? (high - low) * 0.05 : Math.max(Math.abs(high) * 0.01, 1);
  const [bottom, top] = isFall ? [high + pad, 0] : [low - pad, high + pad];
  const x = (at: number) => LEFT + ((at - first.at) / Math.max(1, last.at - first.at)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => TOP + ((top - value) / (top - bottom)) * (height - TOP - BOTTOM);
  const line = points.map(({ at, value }) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
  const base = y(isFall ? 0 : bottom).toFixed(1);
  const area = `${x(first.at).toFixed(1)},${base} ${line} ${x(last.at).toFixed(1)},${base}`;
  const grid = Array.from({ length: STEPS + 1 }, (_, step) => bottom + ((top - bottom) * step) / STEPS).map((value) => {
    const at = y(value).toFixed(1);
    const label = `<text x="${LEFT - 6}" y="${at}" class="y">${escaped(figure(isFall ? -value : value))}</text>`;
    return `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}" class="grid"/>${label}`;
  });
  const times = Array.from({ length: STEPS + 1 }, (_, step) => first.at + ((last.at - first.at) * step) / STEPS).map(
    (at, step) => {
      const anchor = step === 0 ? 'start' : step === STEPS ? 'end' : 'middle';
      const place = `x="${x(at).toFixed(1)}" y="${height - 6}" text-anchor="${anchor}"`;
      return `<text ${place}>${escaped(moment(at).slice(0, 10))}</text>`;
    },
  );
  const name = `${title} (${unit})`;
  return `<figure><figcaption>${escaped(name)}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(name)}">
${grid.join('\n')}
${times.join('\n')}
<polygon points="${area}" class="${isFall ? 'fall-area' : 'area'}"/>
<polyline points="${line}" class="${isFall ? 'fall' : 'line'}"/>
</svg></figure>`;
}

/** Not by spread: there may be more points than arguments. */
function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b));
}

function most(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b));
}
