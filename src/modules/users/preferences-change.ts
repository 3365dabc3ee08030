/**
 * Reads one change out of a body of preferences, in which the same wish may stand flat or inside `preferences`.
 * Keeps: what has a meaning of its own takes effect wherever it stands, and is not kept as a mere preference as well; a wish
 * that stands twice and differs is refused.
 */
import { invalidInput } from '../../platform/http/validation.js';
import { PREFERENCES_FIELDS, type PreferencesBody, TRADING_FIELDS } from './users.dto.js';
import type { PreferencesChange } from './users.service.js';

/** `raw` is the body as it came. Throws 400 naming the fields that are given twice with different values. */
export function preferencesChange(body: PreferencesBody, raw: unknown): PreferencesChange {
  const { preferences: nested = {}, ...flat } = body;
  const inside = TRADING_FIELDS.filter((name) => nested[name] !== undefined);
  const twice = inside.filter((name) => flat[name] !== undefined && textOf(flat[name]) !== textOf(nested[name]));
  if (twice.length > 0) {
    throw invalidInput(twice.map((name) => ({ field: name, rule: `must not differ from preferences.${name}` })));
  }
  const lifted = Object.fromEntries(inside.map((name) => [name, nested[name]])) as typeof nested;
  const { auto_trade_enabled, ...settings } = { ...flat, ...lifted };
  const preferences = {
    ...fieldsBeside(raw, PREFERENCES_FIELDS),
    ...fieldsBeside(Reflect.get(Object(raw) as object, 'preferences'), TRADING_FIELDS),
    // What was kept here before it took effect.
    ...Object.fromEntries(inside.map((name) => [name, null])),
  };
  return { settings, auto_trade_enabled, preferences, inside };
}

/** What an object of a body holds beside the fields that are named. */
export function fieldsBeside(object: unknown, named: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(Object(object) as object).filter(([name]) => !named.includes(name)));
}

function textOf(value: unknown): string {
  return JSON.stringify(value);
}
