import fc from 'fast-check';
import { tradeCap } from './trade-cap.js';

it('is the least of the limits, and names whose that is', () => {
  const limit = fc.integer({ min: 1, max: 20 });
  fc.assert(
    fc.property(limit, fc.option(limit), limit, (own, plan, platform) => {
      const { value, limitedBy } = tradeCap(own, plan, platform);
      expect(value).toBe(Math.min(own, plan ?? own, platform));
      expect({ settings: own, plan, platform }[limitedBy]).toBe(value);
      expect(limitedBy === 'settings').toBe(own === value);
    }),
  );
});
