// What the workflow, its activities and its callers say to each other.

export const taskQueue = 'typescript-orders';

export interface Order {
  id: string;
  total: number; // cents
}

export interface Approval {
  by: string;
  approved: boolean;
}

export interface Receipt {
  order: string;
  payment: string;
  parcel: string;
  approvedBy: string;
}

export type Status = 'charging' | 'waiting for approval' | 'shipping' | 'done';
