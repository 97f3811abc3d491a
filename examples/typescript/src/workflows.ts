import { condition, defineQuery, defineSignal, proxyActivities, setHandler, sleep } from '@temporalio/workflow';
import type * as activities from './activities';
import type { Approval, Order, Receipt, Status } from './order';

export const approve = defineSignal<[Approval]>('approve');
export const status = defineQuery<Status>('status');

const { charge, ship } = proxyActivities<typeof activities>({
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '50 milliseconds' },
});

/** An order is charged, waits for somebody's approval, and is shipped. */
export async function fulfil(order: Order): Promise<Receipt> {
  let now: Status = 'charging';
  let approval: Approval | undefined;
  setHandler(status, () => now);
  setHandler(approve, (given) => {
    approval = given;
  });

  const payment = await charge(order);

  now = 'waiting for approval';
  await condition(() => approval?.approved === true);

  now = 'shipping';
  await sleep('100 milliseconds'); // a durable timer
  const parcel = await ship(order);

  now = 'done';
  return { order: order.id, payment, parcel, approvedBy: approval!.by };
}
