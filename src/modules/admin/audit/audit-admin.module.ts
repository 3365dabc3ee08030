/** Wires what administrators and the operator do with the audit trail: searching, sealing, verifying. */
import { Module } from '@nestjs/common';
import { AuditController } from './audit.controller.js';
import { AuditSealing } from './audit-sealing.service.js';
import { AuditSearchRepository } from './audit-search.repository.js';
import { AuditVerificationService } from './audit-verification.service.js';

@Module({
  controllers: [AuditController],
  providers: [AuditSearchRepository, AuditSealing, AuditVerificationService],
})
export class AuditAdminModule {}
