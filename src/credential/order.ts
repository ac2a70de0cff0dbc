import type { Deed, Order } from "./types.ts";

/** What an order asks for, as policies and the audit trail name it, before anybody knows whether it can be done. */
export function askedBy(order: Order): Pick<Deed, "action" | "recorded"> {
  switch (order.do) {
    case "create":
      return { action: `${order.wanted.kind}s/create`, recorded: { ...order.wanted } };
    case "rotate":
      return { action: "keys/rotate", recorded: { id: order.id } };
    case "revoke":
      return { action: `${order.kind}s/revoke`, recorded: { id: order.id } };
    case "open_session":
      return { action: "sessions/open", recorded: { ...order.of } };
    case "end_session":
      return { action: "sessions/revoke", recorded: { session: order.id } };
    case "close_session":
      return { action: "sessions/close", recorded: { session: order.id } };
    case "read":
      return { action: `${order.kind}s/read`, recorded: {} };
    case "freeze":
      return { action: "access/freeze", recorded: { reason: order.reason } };
    case "unfreeze":
      return { action: "access/unfreeze", recorded: {} };
    case "approve":
      return { action: "tools/approve", recorded: { tool: order.tool, digest: order.digest } };
  }
}
