import assert from "node:assert/strict";
import { limitIdleTime } from "../../../src/bridge/control/idle_limit.ts";
import { createMessage, messageOf } from "../../../src/bridge/message/message.ts";

const ends = { toServer: () => Promise.resolve(), toClient: () => Promise.resolve() };
const REQUEST = messageOf('{"jsonrpc":"2.0","id":1,"method":"tools/list"}');
const RESPONSE = messageOf('{"jsonrpc":"2.0","id":1,"result":{}}');

Deno.test("a bridge is idle after the time without a message and without an open request", async () => {
  const log: string[] = [];
  let end = () => {};
  const stage = limitIdleTime(60_000, () => log.push("idle"), (onEnd, ms) => {
    assert.equal(ms, 60_000);
    log.push("start");
    end = onEnd;
    return () => log.push("stop");
  });
  await stage.fromClient?.(REQUEST, ends);
  end();
  await stage.fromServer?.(RESPONSE, ends);
  end();
  await stage.close?.();
  assert.deepEqual(log, [
    ...["start", "stop", "start"],
    // The time ends while the request is open.
    ...["stop", "start"],
    ...["stop", "start", "idle", "stop"],
  ]);
});

Deno.test("a request that the client cancelled is no longer open", async () => {
  let isIdle = false;
  let end = () => {};
  const stage = limitIdleTime(60_000, () => isIdle = true, (onEnd) => {
    end = onEnd;
    return () => {};
  });
  await stage.fromClient?.(REQUEST, ends);
  const method = "notifications/cancelled";
  for (const requestId of ["1", 1]) {
    end();
    assert.equal(isIdle, false);
    await stage.fromClient?.(createMessage({ method, params: { requestId } }), ends);
  }
  end();
  assert.equal(isIdle, true);
});
