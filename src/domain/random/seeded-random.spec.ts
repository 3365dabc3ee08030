/** Repeatable, and distributed as promised. */
import { hashOf, SeededRandom } from './seeded-random.js';

const draw = (count: number, next: () => number) => Array.from({ length: count }, next);

describe('SeededRandom', () => {
  it('repeats a sequence for the same seed and gives another for another', () => {
    const [a, b, c] = [new SeededRandom(7), new SeededRandom(7), new SeededRandom(8)];
    const first = draw(50, () => a.next());
    expect(draw(50, () => b.next())).toEqual(first);
    expect(draw(50, () => c.next())).not.toEqual(first);
  });

  it('gives the values that mulberry32 is known for', () => {
    const random = new SeededRandom(1);
    expect(draw(2, () => Math.floor(random.next() * 2 ** 32))).toEqual([2693262067, 11749833]);
  });

  it('is uniform and normal', () => {
    const random = new SeededRandom(42);
    const uniform = draw(20_000, () => random.next());
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...uniform)).toBeLessThan(1);
    expect(uniform.reduce((sum, value) => sum + value, 0) / uniform.length).toBeCloseTo(0.5, 1);
    const normal = draw(20_000, () => random.gaussian());
    const mean = normal.reduce((sum, value) => sum + value, 0) / normal.length;
    const variance = normal.reduce((sum, value) => sum + (value - mean) ** 2, 0) / normal.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  });

  it('hashes names as FNV-1a does', () => {
    expect(hashOf('')).toBe(0x811c9dc5);
    expect(hashOf('a')).toBe(0xe40c292c);
    expect(hashOf('foobar')).toBe(0xbf9cf968);
  });
});
