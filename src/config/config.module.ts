/**
 * Hands the frozen configuration to the container under one token.
 * The configuration itself is read once, in `main.ts` or in a test, and passed in.
 */
import { type DynamicModule, Global, Module } from '@nestjs/common';
import type { Config } from './schema.js';

/** Injection token of the frozen `Config`. */
export const CONFIG = Symbol('CONFIG');

@Global()
@Module({})
export class ConfigModule {
  static of(config: Config): DynamicModule {
    return { module: ConfigModule, providers: [{ provide: CONFIG, useValue: config }], exports: [CONFIG] };
  }
}
