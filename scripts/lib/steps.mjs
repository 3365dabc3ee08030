/**
 * Runs the steps of a check: as many at a time as the machine has room for, one line each, and a closing line.
 * Keeps: every step runs, whatever the others did; a failed step shows its whole output.
 */
import { spawn } from 'node:child_process';
import { ROOT } from './project.mjs';

/**
 * A step is `{ name, weight?, run }`; `run` answers `{ passed, failed, output }` (counts of single checks).
 * A step that throws counts as one failure. Answers the sums.
 */
export async function runSteps(steps, capacity) {
  const waiting = [...steps];
  const running = new Set();
  const total = { passed: 0, failed: 0 };
  let load = 0;
  const startNext = () => {
    const index = waiting.findIndex((step) => load + (step.weight ?? 1) <= capacity);
    if (index < 0) return false;
    const [step] = waiting.splice(index, 1);
    load += step.weight ?? 1;
    const done = runStep(step).then((result) => {
      load -= step.weight ?? 1;
      running.delete(done);
      total.passed += result.passed;
      total.failed += result.failed;
    });
    running.add(done);
    return true;
  };
  while (waiting.length > 0 || running.size > 0) {
    if (!startNext()) await Promise.race(running);
  }
  return total;
}

async function runStep(step) {
  const began = performance.now();
  let result;
  try {
    result = await step.run();
  } catch (error) {
    result = { passed: 0, failed: 1, output: String(error.stack ?? error) };
  }
  const seconds = ((performance.now() - began) / 1_000).toFixed(1).padStart(6);
  const counts = result.passed + result.failed > 1 ? ` (${result.passed} passed, ${result.failed} failed)` : '';
  console.log(`${result.failed === 0 ? 'ok    ' : 'FAILED'} ${seconds} s  ${step.name}${counts}`);
  if (result.failed > 0) console.log(`\n${result.output.trimEnd()}\n`);
  return result;
}

/** Runs a script with this same Node and gathers its output; one check, passed when it exits with 0. */
export async function nodeStep(args, options = {}) {
  const { code, output } = await capture(args, options);
  return code === 0 ? { passed: 1, failed: 0, output } : { passed: 0, failed: 1, output };
}

/** Exit code and combined output of a Node child process. */
export function capture(args, { env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk) => (output += chunk));
    }
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
