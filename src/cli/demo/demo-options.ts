/**
 * What may be asked of a demo on the command line. Pure, so that a mistake is answered before any server is started.
 */
import { parseArgs } from 'node:util';

export const DEMO_USAGE =
  'Usage: npm run demo -- [--followers 200] [--seconds 40] [--seed 13] [--json] [--url http://127.0.0.1:8050]';

export interface DemoOptions {
  /** A running server, without a trailing slash; undefined for one of the demo's own. */
  readonly url: string | undefined;
  readonly followers: number;
  /** The longest that the signals may live. */
  readonly seconds: number;
  /** Seconds in which the whole command shall be over. */
  readonly within: number;
  /** Of the followers' settings and, on its own server, of the prices. */
  readonly seed: number;
  readonly json: boolean;
}

export const SHORTEST_SECONDS = 3;

/** A market in which the three signals end in three ways: all targets, some and then the stop, the stop at once. */
const DEFAULT_SEED = 13;

const text = { type: 'string' } as const;

/** @throws TypeError with a sentence and the usage. */
export function readDemoOptions(args: readonly string[]): DemoOptions {
  const values = parse(args);
  const url = values.url?.replace(/\/$/, '');
  if (url !== undefined && !/^https?:\/\/[^/\s]+$/.test(url)) throw wrong('--url must be the address of a server.');
  return {
    url,
    followers: integer('followers', values.followers, 200, 1, 5_000),
    seconds: integer('seconds', values.seconds, 40, SHORTEST_SECONDS, 40),
    within: integer('within', values.within, 60, 1, 60),
    seed: integer('seed', values.seed, DEFAULT_SEED, 0, 4_294_967_295),
    json: values.json === true,
  };
}

function parse(args: readonly string[]) {
  try {
    const options = { url: text, followers: text, seconds: text, within: text, seed: text } as const;
    return parseArgs({ args: [...args], options: { ...options, json: { type: 'boolean' } } }).values;
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
}

function integer(name: string, given: string | undefined, fallback: number, min: number, max: number): number {
  if (given === undefined) return fallback;
  const value = Number(given);
  if (/^\d+$/.test(given) && value >= min && value <= max) return value;
  throw wrong(`--${name} must be a whole number from ${min} to ${max}.`);
}

function wrong(sentence: string): TypeError {
  return new TypeError(`${sentence}\n${DEMO_USAGE}`);
}
