/**
 * A picture of five letters to type, offline; what the older mobile app shows. It stops simple programs, not those that
 * read pictures.
 */
import { z } from 'zod';
import type { Captcha } from '../../../ports/captcha.js';
import type { Plugin } from '../../../ports/plugin.js';
import { GLYPHS } from './glyphs.js';
import { picture } from './picture.js';

const LETTERS = Object.keys(GLYPHS);

const LENGTH = 5;

export const plugin: Plugin<Captcha> = {
  code: 'image',
  summary: 'a picture of five letters to type; needs no network',
  settings: z.object({}),
  create: () => ({
    code: 'image',
    shown: {},
    puzzle: (random) => {
      const text = [...random.subarray(0, LENGTH)].map((byte) => LETTERS[byte % LETTERS.length]).join('');
      const image = picture(text, random.subarray(LENGTH));
      return { secret: text, shown: { image: `data:image/png;base64,${image.toString('base64')}` } };
    },
    check: (secret, answer) => {
      const typed = answer.replace(/\s/g, '').toUpperCase();
      return Promise.resolve(secret !== '' && typed === secret ? 'passed' : 'failed');
    },
  }),
};
