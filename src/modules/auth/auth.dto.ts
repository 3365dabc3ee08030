/** What the routes of signing in take. */
import { EmailField, IntegerField, TextField } from '../../platform/http/fields.js';

/** The older app sends these; they count where a challenge is asked for. */
class Challenged {
  @TextField({ required: false, nullable: 'absent', min: 0, max: 4_096, raw: true })
  captcha_hash?: string;

  @TextField({ required: false, nullable: 'absent', min: 0, max: 4_096, raw: true })
  captcha_text?: string;
}

export class RegisterBody extends Challenged {
  @EmailField({ example: 'ada@example.com' })
  email: string;

  @TextField({ min: 1, max: 256, raw: true, example: 'a long pass phrase' })
  password: string;

  @TextField({ required: false, nullable: 'absent', min: 0, max: 100, example: 'Ada Lovelace' })
  full_name?: string;

  @TextField({ required: false, nullable: 'absent', min: 0, max: 100, description: 'Older name of full_name' })
  username?: string;

  @TextField({ required: false, nullable: 'absent', min: 0, max: 32, upper: true, example: 'VZK1A2B3C' })
  referral_code?: string;
}

export class LoginBody extends Challenged {
  @EmailField({ example: 'ada@example.com' })
  email: string;

  @TextField({ min: 1, max: 256, raw: true })
  password: string;
}

export class SignInBody extends LoginBody {
  @TextField({
    required: false,
    nullable: 'absent',
    min: 0,
    max: 64,
    example: '492039',
    description: 'Where a second factor is on: the code of the authenticator app, or a recovery code',
  })
  mfa_token?: string;
}

export class RefreshBody {
  @TextField({ required: false, min: 10, max: 4096, raw: true, description: 'Only for the body form, which rotates' })
  refresh_token?: string;
}

export class EmailBody {
  @EmailField({ example: 'ada@example.com' })
  email: string;
}

export class ResendBody {
  @EmailField({ required: false, example: 'ada@example.com', description: 'Or the access token of the user' })
  email?: string;
}

export class TokenBody {
  @TextField({ min: 10, max: 200, raw: true })
  token: string;
}

export class TokenQuery {
  @TextField({ min: 10, max: 200, raw: true })
  token: string;

  @IntegerField({ required: false, fromText: true, min: 1 })
  user_id?: number;
}

export class ResetPasswordBody extends TokenBody {
  @TextField({ required: false, min: 1, max: 256, raw: true })
  new_password?: string;

  @TextField({ required: false, min: 1, max: 256, raw: true, description: 'Older name of new_password' })
  password?: string;
}

export class BootstrapBody extends LoginBody {
  @TextField({ min: 10, max: 200, raw: true, description: 'BOOTSTRAP_ADMIN_TOKEN' })
  token: string;
}
