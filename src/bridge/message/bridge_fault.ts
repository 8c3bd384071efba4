import type { BridgeErrorData, BridgeReason } from "./bridge_error.ts";

/** Why a request has no response of the server. */
export class BridgeFault extends Error {
  readonly reason: BridgeReason;
  readonly data: BridgeErrorData;

  constructor(reason: BridgeReason, message: string, data: BridgeErrorData = {}) {
    super(message);
    this.name = "BridgeFault";
    this.reason = reason;
    this.data = data;
  }
}
