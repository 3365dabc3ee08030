/** Path parameters that several routes share. */
import { IntegerField } from './fields.js';

export class IdParam {
  @IntegerField({ fromText: true, min: 1, example: 1 })
  id: number;
}
