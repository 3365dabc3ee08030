/** Jest for mutation testing: the specs of the pure rules alone, in this process. */
import config from '../../jest.config.mjs';

const [unit] = config.projects;

export default {
  ...unit,
  displayName: undefined,
  testMatch: ['<rootDir>/src/domain/**/*.spec.ts'],
  testTimeout: 20_000,
};
