import { ApplicationFailure, Context } from '@temporalio/activity';
import type { Order } from './order';

/** Takes the money. The first attempt finds that the bank does not answer, so that it is tried again. */
export async function charge(order: Order): Promise<string> {
  if (order.total <= 0) {
    throw ApplicationFailure.nonRetryable(`order ${order.id}: nothing to pay`, 'BadOrder');
  }
  if (Context.current().info.attempt === 1) {
    throw ApplicationFailure.retryable('the bank does not answer', 'BankUnreachable');
  }
  return `payment-of-${order.id}`;
}

/** Hands the parcel over. */
export async function ship(order: Order): Promise<string> {
  return `parcel-of-${order.id}`;
}
