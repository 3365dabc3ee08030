/**
 * The order of test files: those that wait longest begin first, so that none is left over when the others have ended;
 * the rest as Jest knows them from the last run, or by size.
 */
import TestSequencer from '@jest/test-sequencer';

/** Start processes and servers of their own, or tell thousands of histories. Longest first. */
const LONG = [
  'simulation/memory/memory',
  'e2e/process',
  'e2e/demo',
  'simulation/kill-matrix/kill-matrix',
  'e2e/crash',
  'e2e/replay',
  'simulation/database/database',
  'medium/embedded-postgres',
  'security/regular-expressions',
  'e2e/tell',
  'e2e/telegram',
  'e2e/circuit-breakers',
];

const placeOf = ({ path }) => {
  const place = LONG.findIndex((name) => path.includes(`/test/${name}.`));
  return place < 0 ? LONG.length : place;
};

export default class Sequencer extends (TestSequencer.default ?? TestSequencer) {
  sort(tests) {
    return super.sort(tests).sort((a, b) => placeOf(a) - placeOf(b));
  }
}
