/**
 * Hands the selected plugins to the container under the tokens of their ports. Knows no plugin itself.
 */
import { type DynamicModule, Global, Module, type Provider } from '@nestjs/common';

@Global()
@Module({})
export class PortsModule {
  /** `providers` each provide one port's token. */
  static of(providers: readonly (Provider & { provide: symbol })[]): DynamicModule {
    return { module: PortsModule, providers: [...providers], exports: providers.map(({ provide }) => provide) };
  }
}
