/**
 * What every script needs: where the project is, a supported Node, installed packages and a fresh build.
 * Keeps: no dependencies, because it runs before anything is installed; a warm check costs a few tens of milliseconds.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const MINIMUM_NODE = [20, 19];
const COMPILED_FOLDERS = ['src', 'migrations', 'bench'];
const BUILD_SETTINGS = ['package.json', '.swcrc', 'nest-cli.json', 'tsconfig.json'];
const CACHE = join(ROOT, 'node_modules', '.cache', 'verzek');
const INSTALL_STAMP = join(ROOT, 'node_modules', '.verzek-install');
const BUILD_STAMP = join(ROOT, 'dist', '.build');

/** Ends the process with a sentence when Node is too old. */
export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1])) return;
  fail(`Node ${MINIMUM_NODE.join('.')} or newer is needed; this is ${process.versions.node}. See https://nodejs.org`);
}

/** Prints a sentence and ends the process with exit code 1. */
export function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

/** Installs the locked packages when they are missing or belong to another lock file. */
export function ensureInstalled() {
  const lock = digest([join(ROOT, 'package-lock.json')]);
  if (isInstalled(lock)) return;
  console.log('Installing packages (npm ci) ...');
  const flags = ['--no-audit', '--no-fund', '--include=dev', '--loglevel=error'];
  if (npm(['ci', ...flags]).status !== 0) {
    fail('The packages could not be installed: see the lines of npm above. Is the registry reachable?');
  }
  writeFileSync(INSTALL_STAMP, lock);
}

function isInstalled(lock) {
  const installed = join(ROOT, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  if (existsSync(INSTALL_STAMP)) return readFileSync(INSTALL_STAMP, 'utf8') === lock;
  // Somebody ran npm by hand: trust it when it ran after the lock file last changed.
  if (statSync(installed).mtimeMs < statSync(join(ROOT, 'package-lock.json')).mtimeMs) return false;
  writeFileSync(INSTALL_STAMP, lock);
  return true;
}

/** Builds `dist` when a source or a build setting has changed since. Answers true when it built. */
export function ensureBuilt() {
  if (isBuilt()) return false;
  if (!existsSync(join(ROOT, 'node_modules', '@nestjs', 'cli'))) return useShippedBuild();
  const release = takeBuildLock();
  try {
    const sources = sourceDigest();
    if (isBuilt(sources)) return false;
    console.error('Building ...');
    const result = spawnSync(process.execPath, [bin('@nestjs/cli', 'nest'), 'build'], { cwd: ROOT, encoding: 'utf8' });
    if (result.status !== 0 || !existsSync(join(ROOT, 'dist', 'src', 'config'))) {
      fail(`The build failed.\n${result.stdout}${result.stderr}`);
    }
    writeFileSync(BUILD_STAMP, sources);
    return true;
  } finally {
    release();
  }
}

/** An installation without the development packages runs what was built elsewhere. */
function useShippedBuild() {
  if (existsSync(join(ROOT, 'dist', 'src', 'main.js'))) return false;
  return fail('There is no build, and the packages to make one are not installed: run "npm ci --include=dev".');
}

function isBuilt(sources = sourceDigest()) {
  return existsSync(BUILD_STAMP) && readFileSync(BUILD_STAMP, 'utf8') === sources;
}

function sourceDigest() {
  const files = COMPILED_FOLDERS.flatMap((folder) => filesBelow(join(ROOT, folder)));
  const compiled = files.filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'));
  return digest([...BUILD_SETTINGS.map((name) => join(ROOT, name)), ...compiled.sort()]);
}

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

function digest(paths) {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(path.slice(ROOT.length)).update('\0').update(readFileSync(path)).update('\0');
  return hash.digest('hex');
}

/** Two scripts may find the same stale build; the second waits for the first. A dead builder does not block. */
function takeBuildLock() {
  mkdirSync(CACHE, { recursive: true });
  const path = join(CACHE, 'build.lock');
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (!builderLives(path)) rmSync(path, { force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  }
}

function builderLives(path) {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    if (pid === 0) return Date.now() - statSync(path).mtimeMs < 1_000;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** The script behind a package's command, to be run with this same Node. */
export function bin(packageName, command) {
  const folder = join(ROOT, 'node_modules', packageName);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return join(folder, typeof manifest.bin === 'string' ? manifest.bin : manifest.bin[command]);
}

/** Runs npm with this same Node where that is known, with its output shown. */
export function npm(args) {
  const path = `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`;
  const options = { cwd: ROOT, stdio: 'inherit', env: { ...process.env, PATH: path } };
  const cli = process.env.npm_execpath;
  if (cli !== undefined && /npm-cli\.[cm]?js$/.test(cli)) return spawnSync(process.execPath, [cli, ...args], options);
  return spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
}

/** Imports a module of the build by its path below `dist`. */
export function fromBuild(path) {
  return import(new URL(`../../dist/${path}`, import.meta.url).href);
}
