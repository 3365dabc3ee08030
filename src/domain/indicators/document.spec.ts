import { readFileSync } from 'node:fs';
import { indicatorsPage } from './document.js';

it('docs/indicators.md says what the registry says (npm run indicators:document writes it)', () => {
  expect(readFileSync('docs/indicators.md', 'utf8')).toBe(indicatorsPage());
});
