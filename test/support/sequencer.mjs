/**
 * The order of test files: those that wait longest begin first, so that none is left over when the others have ended;
 * the rest as Jest knows them from the last run, or by size.
 */
import TestSequencer from '@jest/test-sequencer';
import { ALONE } from './groups.mjs';

const placeOf = ({ path }) => {
  const place = ALONE.findIndex((file) => path.endsWith(`/${file}`));
  return place < 0 ? ALONE.length : place;
};

export default class Sequencer extends (TestSequencer.default ?? TestSequencer) {
  sort(tests) {
    return super.sort(tests).sort((a, b) => placeOf(a) - placeOf(b));
  }
}
