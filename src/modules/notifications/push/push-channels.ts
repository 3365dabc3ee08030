/** Injection token of the channels to phones, in the order in which they are asked whether a token is theirs. */
export const PUSH_CHANNELS = Symbol('PUSH_CHANNELS');
