import { readDemoOptions } from './demo-options.js';

describe('the options of the demo', () => {
  it('have defaults, and take both ways of writing', () => {
    expect(readDemoOptions([])).toMatchObject({ url: undefined, followers: 200, seconds: 40, within: 60, json: false });
    const given = readDemoOptions(['--seed=5', '--followers', '12', '--url', 'http://127.0.0.1:8050/', '--json']);
    expect(given).toMatchObject({ seed: 5, followers: 12, url: 'http://127.0.0.1:8050', json: true });
  });

  it.each([
    ['--seed=x'],
    ['--seed='],
    ['--followers=0'],
    ['--seconds=41'],
    ['--followers=1.5'],
    ['--url=127.0.0.1'],
    ['--url=http://x/api'],
    ['--urll=http://x'],
    ['more'],
  ])('refuse %s with the usage', (bad) => {
    expect(() => readDemoOptions([bad])).toThrow(TypeError);
    expect(() => readDemoOptions([bad])).toThrow(/Usage: npm run demo/);
  });
});
