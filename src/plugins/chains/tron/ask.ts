/**
 * One question to one source over HTTP, bounded in time and size; redirects are not followed.
 * Keeps: the error names the source and what was wrong, never a key.
 */

const TIMEOUT_MS = 10_000;

const MOST_BYTES = 4_000_000;

export class SourceError extends Error {
  constructor(source: string, reason: string) {
    super(`${source}: ${reason}`);
    this.name = 'SourceError';
  }
}

export interface Question {
  readonly source: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Posted as JSON; without it the question is a GET. */
  readonly body?: unknown;
}

/** The JSON of a good answer; throws a `SourceError` for anything else. */
export async function ask({ source, url, headers, body }: Question): Promise<unknown> {
  let text: string;
  try {
    const response = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new SourceError(source, `status ${response.status}`);
    text = await response.text();
  } catch (error) {
    if (error instanceof SourceError) throw error;
    throw new SourceError(source, error instanceof Error ? error.message : String(error));
  }
  if (text.length > MOST_BYTES) throw new SourceError(source, 'the answer is too large');
  try {
    return JSON.parse(text);
  } catch {
    throw new SourceError(source, 'the answer is not JSON');
  }
}
