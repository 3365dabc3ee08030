/**
 * The OpenAPI document and Swagger UI at `/api/docs`.
 * Keeps: the document is made from the routes and DTOs themselves; `docs/openapi.json` is a checked copy of it.
 */
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { completeDocument } from './platform/openapi/complete-document.js';

export function makeDocument(app: INestApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('VerzekAutoTrader')
    .setDescription(
      'Signals in, managed positions out. Sign in with `POST /api/auth/login`, press Authorize and paste the access token.\n\n' +
        'Bodies are JSON objects. Of two equal keys the last one counts; keys `__proto__`, and `constructor` with a `prototype` in it, are refused with 400.',
    )
    .setVersion('1')
    .addBearerAuth()
    .addApiKey({ type: 'apiKey', name: 'X-INTERNAL-TOKEN', in: 'header' }, 'service')
    .build();
  return completeDocument(SwaggerModule.createDocument(app, builder), app);
}

export function installDocumentation(app: INestApplication): void {
  SwaggerModule.setup('api/docs', app, () => makeDocument(app), {
    jsonDocumentUrl: 'api/docs/openapi.json',
    swaggerOptions: { persistAuthorization: true, displayRequestDuration: true },
  });
}
