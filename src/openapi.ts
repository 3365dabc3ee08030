/**
 * Generates the OpenAPI document without a database: the container is built in preview mode, in which classes are
 * read but nothing is made or connected. Keeps: the same prefix and document builder as the running application.
 */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { appModule } from './app.module.js';
import { loadConfig } from './config/load-config.js';
import { makeDocument } from './documentation.js';

/** The document of the whole API, as the application serves it. */
export async function generateOpenApi(): Promise<OpenAPIObject> {
  const module = await appModule(loadConfig({}), 'postgres://127.0.0.1/none', {});
  const app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), {
    preview: true,
    abortOnError: false,
    logger: false,
  });
  app.setGlobalPrefix('api');
  return makeDocument(app);
}
