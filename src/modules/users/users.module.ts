/** Wires users: who they are and how they want signals traded. */
import { Module } from '@nestjs/common';
import { UserSettingsRepository } from './user-settings.repository.js';
import { UsersController } from './users.controller.js';
import { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';

@Module({
  controllers: [UsersController],
  providers: [UsersRepository, UserSettingsRepository, UsersService],
  exports: [UsersRepository, UserSettingsRepository],
})
export class UsersModule {}
