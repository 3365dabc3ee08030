/**
 * The only list of modules, and with the plugin loader the only place that knows plugins.
 */
import { type DynamicModule, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import type { ApplicationParts } from './application-parts.js';
import { ConfigModule } from './config/config.module.js';
import type { Config } from './config/schema.js';
import { ENTITIES } from './database.entities.js';
import { PlatformModule } from './platform/platform.module.js';

@Module({})
export class AppModule {}

export function appModule(config: Config, databaseUrl: string, parts: ApplicationParts): Promise<DynamicModule> {
  return Promise.resolve({
    module: AppModule,
    imports: [
      ConfigModule.of(config),
      PlatformModule.of({ databaseUrl, entities: ENTITIES, ...parts.platform }),
      ScheduleModule.forRoot(),
      ...(parts.imports ?? []),
    ],
  });
}
