/** Wires accounts: where a user trades, and the vault of their keys. */
import { Module } from '@nestjs/common';
import { AccountsController } from './accounts.controller.js';
import { AccountsRepository } from './accounts.repository.js';
import { Vault } from './vault.service.js';

@Module({
  controllers: [AccountsController],
  providers: [AccountsRepository, Vault],
  exports: [AccountsRepository, Vault],
})
export class AccountsModule {}
