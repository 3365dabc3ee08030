/**
 * What every plugin folder exports as `plugin`: its code, the environment variables it reads, and how it is made.
 * Keeps: settings are validated only when the plugin is selected; a plugin imports ports and domain, nothing else of ours.
 */
import type { z } from 'zod';

/** What the host gives to every plugin: time and logging, so that plugins have no ambient ones. */
export interface PluginHost {
  now(): Date;
  /** Runs `task` once after `ms`; answers a function that cancels it. */
  after(ms: number, task: () => void): () => void;
  /** Runs `task` every `ms`; answers a function that cancels it. */
  every(ms: number, task: () => void): () => void;
  /** Shows text to the person at the terminal as it is, links included. Absent in production. */
  show?(text: string): void;
  log(level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export interface Plugin<Product, Settings = unknown, Context = undefined> {
  /** The name by which it is selected; the same as its folder's. */
  readonly code: string;
  /** One line for the list of known codes and the start-up banner. */
  readonly summary: string;
  /** Schema over environment variables, by their names. */
  readonly settings: z.ZodObject<z.ZodRawShape, z.core.$strip> & z.ZodType<Settings>;
  create(settings: Settings, host: PluginHost, context: Context): Product;
}
