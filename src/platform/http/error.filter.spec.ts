/** What the log says of an answer that the server is behind: its own failures whole, what is meant so in one line. */
import { Writable } from 'node:stream';
import type { ArgumentsHost } from '@nestjs/common';
import { pino } from 'pino';
import { AppError } from '../errors/app-error.js';
import { Logger } from '../logging/logger.js';
import { ErrorFilter } from './error.filter.js';

function logOf(error: Error): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });
  const reply = { header: () => reply, status: () => reply, send: () => reply };
  const request = { method: 'GET', url: '/api/positions?limit=1', routeOptions: { url: '/api/positions' } };
  const http = { getResponse: () => reply, getRequest: () => request };
  const host = { switchToHttp: () => http } as unknown as ArgumentsHost;
  new ErrorFilter(new Logger(pino({ level: 'info' }, stream))).catch(error, host);
  return lines;
}

it('a failure is an error, with its stack', () => {
  const [line] = logOf(new Error('unforeseen'));
  expect(line).toMatchObject({ level: 50, msg: 'a request failed', status: 500, path: '/api/positions' });
  expect(JSON.stringify(line)).toContain('error.filter.spec');
});

it('a request that is refused during maintenance is none', () => {
  const [line] = logOf(new AppError('MAINTENANCE', 'unavailable', 'Back at noon', { maintenance: true }));
  expect(line).toMatchObject({ level: 30, msg: 'refused during maintenance', status: 503, path: '/api/positions' });
  expect(JSON.stringify(line)).not.toContain('error.filter.spec');
});

it('a refusal is not logged at all', () => {
  expect(logOf(new AppError('NOT_ALLOWED', 'not_allowed', 'You may not do this'))).toEqual([]);
});
