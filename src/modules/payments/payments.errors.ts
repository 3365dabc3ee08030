/** The failures of plans, payments, coupons and referrals. */
import { errorsOf } from '../../platform/errors/app-error.js';

export const paymentError = errorsOf({
  PLAN_BY_PAYMENT: { kind: 'not_allowed', message: 'Plans change through payments' },
  SUBSCRIBER_NOT_FOUND: { kind: 'not_found', message: 'There is no such user' },
  PLAN_NOT_FOUND: { kind: 'not_found', message: 'There is no such plan' },
  SELLING_OFF: { kind: 'unavailable', message: 'Plans cannot be bought now: no wallet to pay to is set up' },
  PAYMENT_NOT_FOUND: { kind: 'not_found', message: 'There is no such payment' },
  ALREADY_VERIFIED: { kind: 'invalid', message: 'This payment is already verified' },
  PAYMENT_STATE: { kind: 'conflict', message: 'This payment is not in a state that allows it' },
  REFUND_LATER_FIRST: { kind: 'conflict', message: 'A later payment builds on this one: refund that one first' },
  GIVEN_PLAN_RUNS: { kind: 'conflict', message: 'A plan given by hand runs: let it end, or take it back first' },
  REST_CREDITED: {
    kind: 'conflict',
    message: 'What was left of this was credited when a plan was given by hand: there is nothing more to refund',
  },
  PRICE_ROSE: {
    kind: 'conflict',
    message:
      'The old plan’s rest is worth less now than this payment took off for it: say waive_rest to sell it for what it asked for, or reject it',
  },
  PAYS_LESS: {
    kind: 'conflict',
    message:
      'This transaction brought less than the payment asks for: say waive_rest to sell it for what came, or reject it',
  },
  MONEY_SPENT: {
    kind: 'refused',
    message: 'What came for this payment became the customer’s balance, and is spent',
  },
  TRANSFER_NOT_FOUND: { kind: 'not_found', message: 'There is no such transfer' },
  TRANSFER_NOBODYS: { kind: 'conflict', message: 'This transfer is nobody’s: approve the payment that it is for' },
  TRANSFER_THEIRS: { kind: 'conflict', message: 'This transfer is this customer’s already' },
  TRANSFER_MOVED: { kind: 'conflict', message: 'This transfer was moved before' },
  TRANSFER_IN_USE: {
    kind: 'conflict',
    message:
      'A payment holds this transfer, or its plan was bought with it: reject it, or refund it to the balance first',
  },
  SECOND_PERSON_NEEDED: {
    kind: 'conflict',
    message: 'So large an amount needs another administrator to agree to it first',
  },
  OWN_MONEY: { kind: 'not_allowed', message: 'Nobody agrees to what is his own' },
  HASH_CLAIMED: { kind: 'conflict', message: 'This transaction belongs to another payment' },
  TRANSACTION_REFUSED: { kind: 'refused', message: 'This transaction is no payment to us' },
  NOTHING_RECEIVED: {
    kind: 'conflict',
    message: 'Nothing is credited for this payment yet: approve it, or reject it',
  },
  TOO_MANY_OPEN: { kind: 'conflict', message: 'Too many payments are open: pay or cancel one first' },
  COUPON_NOT_VALID: { kind: 'refused', message: 'This coupon is not valid' },
  COUPON_OTHER_PLAN: { kind: 'refused', message: 'This coupon is for another plan' },
  COUPON_USED_UP: { kind: 'refused', message: 'This coupon is used up' },
  COUPON_EXISTS: { kind: 'conflict', message: 'There is a coupon of this code' },
  COUPON_NOT_FOUND: { kind: 'not_found', message: 'There is no such coupon' },
  BALANCE_TOO_LOW: { kind: 'refused', message: 'The balance does not cover this' },
  PAYOUT_OPEN: { kind: 'conflict', message: 'A payout is already on its way' },
  PAYOUT_NOT_FOUND: { kind: 'not_found', message: 'There is no such payout' },
  PAYOUT_DECIDED: { kind: 'conflict', message: 'This payout is already decided' },
});
