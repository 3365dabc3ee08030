/**
 * What an administrator may publish as remote configuration: any part of it, each part checked.
 * Keeps: an unknown key is a mistake, because an app would never read it; what the app calls as a function of its type
 * (numbers, lists) has that type.
 */
import { z } from 'zod';
import { FLAG_TIERS } from '../../domain/rollout/feature-flags.js';
import type { FieldProblem } from '../../platform/errors/app-error.js';
import { invalidInput } from '../../platform/http/validation.js';

const MAX_TEXT = 500;
const MAX_NAMES = 200;
const MAX_BYTES = 64_000;

const text = z.string().max(MAX_TEXT);
const version = z.string().regex(/^\d{1,6}\.\d{1,6}\.\d{1,6}$/, 'must be a version such as 1.0.0');
const link = z
  .string()
  .max(MAX_TEXT)
  .refine((value) => value === '' || isAddress(value, 'https:'), { message: 'must be empty or an https address' });
const endpoint = z
  .string()
  .max(MAX_TEXT)
  .refine((value) => isAddress(value, 'https:'), { message: 'must be an address such as https://api.example.com' });
const socketEndpoint = z
  .string()
  .max(MAX_TEXT)
  .refine((value) => isAddress(value, 'wss:'), { message: 'must be an address such as wss://api.example.com' });
const count = z.int().min(0).max(100_000);
const userIds = z.array(z.int().min(1)).max(10_000);
const name = z.string().regex(/^[A-Za-z][\w-]{0,63}$/, 'must be a name');

const flag = z.union([
  z.boolean(),
  z.strictObject({
    enabled: z.boolean(),
    percentage: z.number().min(0).max(100).optional(),
    tiers: z.array(z.enum(FLAG_TIERS)).max(FLAG_TIERS.length).optional(),
    users: userIds.optional(),
  }),
]);

const CONFIG_DATA = z.strictObject({
  appVersionMin: version.optional(),
  bundleVersion: version.optional(),
  forceUpdate: z.boolean().optional(),
  updateUrl: link.optional(),
  playStoreUrl: link.optional(),
  featureFlags: z
    .record(name, flag)
    .refine((flags) => Object.keys(flags).length <= MAX_NAMES, `must have at most ${MAX_NAMES} flags`)
    .optional(),
  serviceEndpoints: z
    .strictObject({
      apiBaseUrl: endpoint,
      websocketUrl: socketEndpoint,
      signalsUrl: endpoint,
      pricesFeedUrl: endpoint,
    })
    .partial()
    .optional(),
  uiMessages: z
    .strictObject({
      welcome: text,
      maintenance: z.boolean(),
      maintenanceMessage: text,
      banner: text,
      announcement: text,
    })
    .partial()
    .optional(),
  tradingLimits: z
    .strictObject({
      maxPositionsPerUser: count,
      minOrderSize: z.number().min(0),
      maxOrderSize: z.number().min(0),
      maxLeverage: z.int().min(1).max(125),
      defaultLeverage: z.int().min(1).max(125),
    })
    .partial()
    .optional(),
  subscriptionPlans: z
    .partialRecord(
      z.enum(FLAG_TIERS),
      z.strictObject({ maxPositions: count, maxExchanges: count, features: z.array(text).max(50) }).partial(),
    )
    .optional(),
  experiments: z.record(name, z.json()).optional(),
  rollout: z.strictObject({ enabledForAll: z.boolean(), betaUsers: userIds }).partial().optional(),
});

export type ConfigData = z.infer<typeof CONFIG_DATA>;

/**
 * Throws 400 naming each field under `config_data` and the rule that it broke. `hosts`: those that addresses may name,
 * `.example.com` standing for all below it; with none, any.
 */
export function readConfigData(value: unknown, hosts: readonly string[]): ConfigData {
  const parsed = CONFIG_DATA.safeParse(value);
  if (!parsed.success) throw invalidInput(parsed.error.issues.slice(0, 20).map(problemOf));
  if (Buffer.byteLength(JSON.stringify(parsed.data)) > MAX_BYTES) {
    throw invalidInput([{ field: 'config_data', rule: `must have at most ${MAX_BYTES} bytes` }]);
  }
  const strange = addressesIn(parsed.data).filter(([, address]) => !isOnList(new URL(address).hostname, hosts));
  if (strange.length > 0) throw invalidInput(strange.map(([field]) => ({ field, rule: 'must name an allowed host' })));
  return parsed.data;
}

/** Over TLS, and without a name and password that everybody would read. */
function isAddress(text: string, protocol: 'https:' | 'wss:'): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return url.protocol === protocol && url.username === '' && url.password === '';
}

function addressesIn({
  updateUrl,
  playStoreUrl,
  serviceEndpoints = {},
}: ConfigData): [field: string, address: string][] {
  const named: Record<string, string | undefined> = { updateUrl, playStoreUrl };
  for (const [name, address] of Object.entries(serviceEndpoints)) named[`serviceEndpoints.${name}`] = address;
  return Object.entries(named).flatMap(([name, address]): [string, string][] =>
    address === undefined || address === '' ? [] : [[`config_data.${name}`, address]],
  );
}

function isOnList(host: string, hosts: readonly string[]): boolean {
  return hosts.length === 0 || hosts.some((one) => host === one || (one.startsWith('.') && host.endsWith(one)));
}

function problemOf(issue: z.core.$ZodIssue): FieldProblem {
  const path = ['config_data', ...issue.path.map(String)];
  if (issue.code === 'unrecognized_keys') {
    return { field: [...path, issue.keys[0]?.slice(0, 64) ?? ''].join('.'), rule: 'is not part of the configuration' };
  }
  return { field: path.join('.').slice(0, 200), rule: issue.message };
}
