/**
 * The security headers of every answer: few and fixed for JSON, helmet's whole set for the pages a browser shows.
 * Keeps: what is not known to be a page gets the policy under which a browser runs and frames nothing.
 */
import type { FastifyInstance } from 'fastify';
import helmet from 'helmet';

/** After OWASP's REST security cheat sheet. */
export const JSON_HEADERS = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
};

const PAGE = /^\/api\/(docs|auth\/(verify-email|reset-password))(?=[/?]|$)/;

const securePage = helmet({
  contentSecurityPolicy: {
    directives: {
      defaultSrc: ["'self'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      // On plain http under another name than localhost a browser would ask for scripts and styles by https, in vain.
      upgradeInsecureRequests: null,
    },
  },
});

export function installSecurityHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    if (PAGE.test(request.url)) {
      // The address of such a page may hold a token.
      if (!request.url.startsWith('/api/docs')) void reply.header('Cache-Control', 'no-store');
      securePage(request.raw, reply.raw, (error) => done(error as Error | undefined));
      return;
    }
    void reply.headers(JSON_HEADERS);
    done();
  });
}
