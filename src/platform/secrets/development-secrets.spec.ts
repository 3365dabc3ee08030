/** Development secrets: made once, private, and never in production. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../config/load-config.js';
import { withDevelopmentSecrets } from './development-secrets.js';

let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'secrets-'));
});

afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

describe('withDevelopmentSecrets', () => {
  it('makes every secret once, in a file of the owner only', () => {
    const first = withDevelopmentSecrets({}, join(dataDir, 'new folder'));
    const second = withDevelopmentSecrets({}, join(dataDir, 'new folder'));
    expect(second).toEqual(first);
    expect(new Set(Object.values(first)).size).toBe(5);
    expect(first.ENCRYPTION_MASTER_KEY).toMatch(/^[0-9a-f]{64}$/);
    expect(loadConfig(first).secrets).toMatchObject(first);
    expect(readdirSync(join(dataDir, 'new folder'))).toEqual(['secrets.json']);
    expect(statSync(join(dataDir, 'new folder', 'secrets.json')).mode & 0o777).toBe(0o600);
  });

  it('lets the environment win, treats a blank as missing, and stores nothing that was given', () => {
    const filled = withDevelopmentSecrets({ JWT_SECRET: 'given-by-hand', API_KEY: ' ', PORT: '1' }, dataDir);
    expect(filled).toMatchObject({ JWT_SECRET: 'given-by-hand', PORT: '1' });
    expect(filled.API_KEY).toMatch(/^[0-9a-f]{48}$/);
    expect(readFileSync(join(dataDir, 'secrets.json'), 'utf8')).not.toContain('given-by-hand');
  });

  it('completes a file of an older version without changing what is in it', () => {
    writeFileSync(join(dataDir, 'secrets.json'), '{"JWT_SECRET":"kept"}');
    const filled = withDevelopmentSecrets({}, dataDir);
    expect(filled.JWT_SECRET).toBe('kept');
    expect(filled.API_KEY).toBeDefined();
    expect(withDevelopmentSecrets({}, dataDir)).toEqual(filled);
  });

  it('refuses a damaged file instead of making new keys that cannot open old data', () => {
    writeFileSync(join(dataDir, 'secrets.json'), '{"JWT_SECRET":');
    expect(() => withDevelopmentSecrets({}, dataDir)).toThrow('is damaged');
  });

  it('does nothing in production', () => {
    expect(withDevelopmentSecrets({ NODE_ENV: 'production' }, dataDir)).toEqual({ NODE_ENV: 'production' });
    expect(readdirSync(dataDir)).toEqual([]);
  });
});
