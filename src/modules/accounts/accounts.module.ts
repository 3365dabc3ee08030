/** Wires accounts: where a user trades, and the vault of their keys. */
import { Module } from '@nestjs/common';
import { UsersModule } from '../users/users.module.js';
import { AccountsController } from './accounts.controller.js';
import { AccountsRepository } from './accounts.repository.js';
import { DataKeysRepository } from './data-keys.repository.js';
import { FernetImport } from './fernet-import.service.js';
import { KeyRotation } from './key-rotation.service.js';
import { Vault } from './vault.service.js';

@Module({
  imports: [UsersModule],
  controllers: [AccountsController],
  providers: [AccountsRepository, DataKeysRepository, Vault, KeyRotation, FernetImport],
  exports: [AccountsRepository, DataKeysRepository, Vault],
})
export class AccountsModule {}
