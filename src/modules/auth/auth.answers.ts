/** What the routes of signing in answer, as examples that give their schemas. */
import { optional } from '../../platform/openapi/shape.js';
import { USER } from '../users/users.answers.js';

const TOKEN = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxNyJ9.c2lnbmF0dXJl';

export const SIGNED_IN = { token: TOKEN, access_token: TOKEN, refresh_token: TOKEN, user: USER };

export const REGISTERED = { message: 'Welcome', ...SIGNED_IN, verification_sent: true };

export const REFRESHED = { access_token: TOKEN, refresh_token: optional(TOKEN) };

export const VERIFICATION = { email: 'ada@example.com', email_verified: true, verification_required: true };

export const ME = { user: USER };
