/**
 * A server of the product for one command: a child process on a free port, with a data folder that is removed after.
 * Keeps: it knows nothing of the caller's settings and .env; it ends when the caller ends, also when that is killed.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fromBuild, ROOT } from './project.mjs';
import { makeTemporaryData, removeTemporaryData } from './temporary-data.mjs';

const STOP_MS = 15_000;
const TAIL = 3_000;

/**
 * Starts the server; answers its address, the environment of a command that works beside it, and `stop`.
 * `settings` are added to its environment. Throws with its last words when it does not start.
 */
export async function startOwnServer(prefix, settings) {
  const dataDir = await makeTemporaryData(prefix);
  const { PATH = '', HOME = '' } = process.env;
  const environment = { PATH, HOME, DATA_DIR: dataDir, ...settings };
  const child = spawn(
    process.execPath,
    ['--import', new URL('end-with-parent.mjs', import.meta.url).href, join(ROOT, 'dist', 'src', 'main.js')],
    {
      cwd: dataDir,
      stdio: ['pipe', 'pipe', 'pipe'],
      // Ctrl-C in the terminal is for the command: it stops this when it is done.
      detached: true,
      env: { ...environment, PORT: '0', METRICS_PORT: '0', LOG_FORMAT: 'json' },
    },
  );
  const ended = new Promise((resolve) => child.once('close', resolve).once('error', resolve));
  let stopped;
  const stop = () => (stopped ??= end(child, ended, dataDir));
  try {
    const url = await addressOf(child, ended);
    const { runningPostgresUrl } = await fromBuild('src/platform/database/embedded/embedded-postgres.js');
    return { url, dataDir, environment: { ...environment, DATABASE_URL: runningPostgresUrl(dataDir) }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The address in the server's banner. */
function addressOf(child, ended) {
  let output = '';
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk) => {
        output = (output + chunk).slice(-TAIL);
        const found = /API +(http:\S+)\/api\n/.exec(output)?.[1];
        if (found !== undefined) resolve(found);
      });
    }
    void ended.then(() => reject(new Error(`The server did not start.\n${output.trim()}`)));
  });
}

async function end(child, ended, dataDir) {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(timer);
  await removeTemporaryData(dataDir);
}
