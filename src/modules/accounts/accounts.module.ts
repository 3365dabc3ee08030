/** Wires accounts: where a user trades, and the vault of their keys. */
import { Module } from '@nestjs/common';
import { AccountsController } from './accounts.controller.js';
import { AccountsRepository } from './accounts.repository.js';
import { DataKeysRepository } from './data-keys.repository.js';
import { Vault } from './vault.service.js';

@Module({
  controllers: [AccountsController],
  providers: [AccountsRepository, DataKeysRepository, Vault],
  exports: [AccountsRepository, DataKeysRepository, Vault],
})
export class AccountsModule {}
