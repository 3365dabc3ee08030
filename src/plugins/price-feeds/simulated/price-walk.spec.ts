/** The walk favours no direction: the expected price after a step is the price before it. */
import { PriceWalk } from './price-walk.js';

it('keeps the expected price', () => {
  const walk = new PriceWalk(3, 0.5);
  let sum = 0;
  for (let step = 0; step < 50_000; step += 1) {
    walk.moveTo('100');
    sum += Number(walk.step());
  }
  // Without the correction of half the variance the mean would be 113.
  expect(Math.abs(sum / 50_000 - 100)).toBeLessThan(1);
});

it('stays where it is when moved to something that is no price', () => {
  const walk = new PriceWalk(3, 0.1);
  for (const bad of ['', '0', '-1', 'NaN', '1e3']) walk.moveTo(bad);
  expect(walk.isPlaced).toBe(false);
  walk.moveTo('0.5');
  walk.moveTo('x');
  expect([walk.isPlaced, walk.text]).toEqual([true, '0.5']);
});
