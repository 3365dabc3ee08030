import fc from 'fast-check';
import { REFUSAL_STEP_MS, refusalDelayMs } from './refusal-delay.js';

describe('when a refused sign-in is answered', () => {
  it('ends every check at a whole step, without ever waiting longer than one', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 60_000, noNaN: true }), (elapsed) => {
        const delay = refusalDelayMs(elapsed);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(REFUSAL_STEP_MS);
        const steps = (elapsed + delay) / REFUSAL_STEP_MS;
        expect(Math.abs(steps - Math.round(steps))).toBeLessThan(1e-9);
        expect(steps).toBeGreaterThan(0.9);
      }),
    );
  });

  it('gives no work, argon2id and bcrypt the same time', () => {
    for (const elapsed of [0, 11, 196, 450]) expect(elapsed + refusalDelayMs(elapsed)).toBe(REFUSAL_STEP_MS);
  });
});
