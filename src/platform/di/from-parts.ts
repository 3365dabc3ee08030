/**
 * A provider made from one object of named parts, for classes that need more collaborators than a constructor should take.
 */
import type { FactoryProvider } from '@nestjs/common';

type Token<Value> = abstract new (...args: never[]) => Value;

/** `tokens` name the providers of the parts; `extra` are further constructor arguments, by their tokens. */
export function fromParts<Parts extends object, Product, Extra extends unknown[]>(
  product: new (parts: Parts, ...extra: Extra) => Product,
  tokens: { readonly [Part in keyof Parts]: Token<Parts[Part]> },
  extra: { readonly [Index in keyof Extra]: symbol },
): FactoryProvider<Product> {
  const names = Object.keys(tokens) as (keyof Parts)[];
  return {
    provide: product,
    inject: [...names.map((name) => tokens[name]), ...extra],
    useFactory: (...made: unknown[]) => {
      const parts = Object.fromEntries(names.map((name, index) => [name, made[index]])) as Parts;
      return new product(parts, ...(made.slice(names.length) as Extra));
    },
  };
}
