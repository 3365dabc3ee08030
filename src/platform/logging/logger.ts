/**
 * Structured logs: one JSON line per event, pretty in a terminal, with the context of the running work.
 * Keeps: every field and message is redacted before it is written. Domain code does not log.
 */
import type { LoggerService } from '@nestjs/common';
import { pino, type Logger as PinoLogger } from 'pino';
import { PinoPretty } from 'pino-pretty';
import type { Config } from '../../config/schema.js';
import { logContext } from './context.js';
import { keepSecretsOf, redact, redactText } from './redaction.js';

export type LogFields = Readonly<Record<string, unknown>>;

export class Logger implements LoggerService {
  constructor(
    private readonly sink: PinoLogger,
    private readonly area = 'app',
  ) {}

  static fromConfig(config: Config): Logger {
    keepSecretsOf(config.environment);
    const { LOG_LEVEL, LOG_FORMAT } = config.process;
    const pretty = LOG_FORMAT === 'pretty' || (LOG_FORMAT === 'auto' && process.stdout.isTTY);
    const options = { level: LOG_LEVEL, base: undefined, timestamp: pino.stdTimeFunctions.isoTime };
    return new Logger(pretty ? pino(options, PinoPretty({ ignore: 'pid,hostname', singleLine: true })) : pino(options));
  }

  /** A logger that writes nothing, for tests and scripts. */
  static silent(): Logger {
    return new Logger(pino({ level: 'silent' }));
  }

  /** The same sink under another area name (usually a class name). */
  for(area: string): Logger {
    return new Logger(this.sink, area);
  }

  info(message: string, fields: LogFields = {}): void {
    this.write('info', message, fields);
  }

  warn(message: unknown, fields: unknown = {}): void {
    this.write('warn', message, fields);
  }

  error(message: unknown, fields: unknown = {}): void {
    this.write('error', message, fields);
  }

  fatal(message: unknown, fields: unknown = {}): void {
    this.write('fatal', message, fields);
  }

  debug(message: unknown, fields: unknown = {}): void {
    this.write('debug', message, fields);
  }

  verbose(message: unknown, fields: unknown = {}): void {
    this.write('trace', message, fields);
  }

  /** What Nest itself reports as `log` (modules loaded, routes mapped) is detail to us. */
  log(message: unknown, fields: unknown = {}): void {
    this.write('debug', message, fields);
  }

  private write(
    level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace',
    message: unknown,
    fields: unknown,
  ): void {
    if (!this.sink.isLevelEnabled(level)) return;
    const extra = typeof fields === 'string' ? { area: fields } : (redact(fields) as object);
    const text = message instanceof Error ? message.message : String(message);
    const error = message instanceof Error ? { error: redact(message) } : {};
    this.sink[level]({ area: this.area, ...logContext.get(), ...error, ...extra }, redactText(text));
  }
}
