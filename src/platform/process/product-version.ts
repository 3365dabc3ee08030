/** The version of the product, as its package says. */
import { createRequire } from 'node:module';

const { version } = createRequire(import.meta.url)('#package') as { readonly version: string };

export const PRODUCT_VERSION = version;
