/** Wires the keeping of sources and their tokens. */
import { Module } from '@nestjs/common';
import { SourcesAdminController } from './sources-admin.controller.js';
import { SourcesAdminRepository } from './sources-admin.repository.js';
import { SourcesAdmin } from './sources-admin.service.js';

@Module({ controllers: [SourcesAdminController], providers: [SourcesAdminRepository, SourcesAdmin] })
export class SourcesAdminModule {}
