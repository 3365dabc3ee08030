/**
 * Opens a data source, or says in a sentence that DATABASE_URL is where to look.
 * Keeps: whatever fails before the first statement (address, name, password, TLS, a server that is not there) is the
 * operator's to mend, and is told without a stack and without the password.
 */
import type { DataSource } from 'typeorm';
import { sqlState } from './database.js';

/** The database that DATABASE_URL names cannot be opened; `cause` is what the driver said. */
export class DatabaseOpenError extends Error {
  constructor(cause: unknown) {
    super(`The database that DATABASE_URL names could not be opened: ${spoken(cause)}`, { cause });
    this.name = 'DatabaseOpenError';
  }
}

/** Answers the source, connected. @throws DatabaseOpenError */
export async function openDataSource(source: DataSource): Promise<DataSource> {
  try {
    return await source.initialize();
  } catch (error) {
    throw new DatabaseOpenError(error);
  }
}

/** A host with several addresses fails with one error for each, and no words of its own. */
function spoken(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(spoken).join('; ');
  if (!(error instanceof Error)) return String(error);
  const state = sqlState(error);
  return state === undefined ? error.message : `${error.message} (SQLSTATE ${state})`;
}
