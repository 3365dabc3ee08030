/** Wires what administrators and the operator do with the audit trail: searching, sealing, verifying. */
import { Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { AdminCalls } from './admin-calls.interceptor.js';
import { AuditController } from './audit.controller.js';
import { AuditSealing } from './audit-sealing.service.js';
import { AuditSearchRepository } from './audit-search.repository.js';
import { AuditVerificationService } from './audit-verification.service.js';

@Module({
  controllers: [AuditController],
  providers: [
    { provide: APP_INTERCEPTOR, useClass: AdminCalls },
    AuditSearchRepository,
    AuditSealing,
    AuditVerificationService,
  ],
})
export class AuditAdminModule {}
