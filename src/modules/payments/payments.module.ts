/** Wires plans and subscriptions. */
import { Module } from '@nestjs/common';
import { UsersModule } from '../users/users.module.js';
import { SubscriptionsController } from './subscriptions.controller.js';
import { SubscriptionsService } from './subscriptions.service.js';

@Module({
  imports: [UsersModule],
  controllers: [SubscriptionsController],
  providers: [SubscriptionsService],
  exports: [SubscriptionsService],
})
export class PaymentsModule {}
