import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { address, namespace } from './address';
import { taskQueue, type Receipt, type Status } from './order';
import { approve, fulfil, status } from './workflows';

// Runs one order to its end, and one that fails, and checks what comes out.
async function main(): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    const client = new Client({ connection, namespace });
    await order(client);
    await badOrder(client);
  } finally {
    await connection.close();
  }
}

async function order(client: Client): Promise<void> {
  const id = `order-${randomUUID()}`;
  const handle = await client.workflow.start(fulfil, {
    taskQueue,
    workflowId: id,
    args: [{ id, total: 4200 }],
  });
  console.log(`started ${id}`);

  await reaches(handle, 'waiting for approval');
  console.log('it is charged, at the second attempt, and waits');
  await handle.signal(approve, { by: 'ann', approved: true });

  const receipt: Receipt = await handle.result();
  assert.deepEqual(receipt, { order: id, payment: `payment-of-${id}`, parcel: `parcel-of-${id}`, approvedBy: 'ann' });
  console.log('its result:', receipt);

  assert.equal(await handle.query(status), 'done', 'a closed workflow is queried too');
  const description = await handle.describe();
  assert.equal(description.status.name, 'COMPLETED');
  assert.equal(description.type, 'fulfil');
}

async function badOrder(client: Client): Promise<void> {
  const id = `order-${randomUUID()}`;
  const handle = await client.workflow.start(fulfil, { taskQueue, workflowId: id, args: [{ id, total: 0 }] });
  await assert.rejects(handle.result(), (err: Error & { cause?: Error & { cause?: Error } }) => {
    assert.equal(err.name, 'WorkflowFailedError');
    assert.equal(err.cause?.cause?.message, `order ${id}: nothing to pay`);
    return true;
  });
  console.log('an order of nothing failed, as it should');
}

/** Asks until the workflow has got that far: a query gives no signal. */
async function reaches(handle: WorkflowHandle<typeof fulfil>, want: Status): Promise<void> {
  for (let asked = 0; asked < 600; asked++) {
    if ((await handle.query(status)) === want) {
      return;
    }
    await setTimeout(50);
  }
  throw new Error(`${handle.workflowId} does not get to "${want}"`);
}

main().catch((err) => {
  console.error(err);
  process.exitCode = 1;
});
