/**
 * Why a command failed, for the person who gave it. Keeps: what the operator or the database is behind is a sentence; a
 * mistake of the product keeps its stack.
 */
import { inspect } from 'node:util';
import { ConfigError } from '../config/load-config.js';
import { isPassingFault, sqlState } from '../platform/database/database.js';
import { InstanceRunningError } from '../platform/database/embedded/instance-lock.js';
import { DatabaseOpenError } from '../platform/database/open-data-source.js';
import { AppError } from '../platform/errors/app-error.js';

/** Written for the person who gave the command. */
const SPOKEN = [AppError, ConfigError, TypeError, DatabaseOpenError, InstanceRunningError];

export function failureText(error: unknown): string {
  if (SPOKEN.some((kind) => error instanceof kind)) return (error as Error).message;
  if (!(error instanceof Error)) return inspect(error);
  const state = sqlState(error);
  if (state !== undefined) return `The database refused: ${error.message} (SQLSTATE ${state})`;
  if (isPassingFault(error)) return `The database could not be asked: ${error.message}`;
  return inspect(error);
}
