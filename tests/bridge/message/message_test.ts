import assert from "node:assert/strict";
import { bridgeErrorResponse } from "../../../src/bridge/message/bridge_error.ts";
import { messageOf } from "../../../src/bridge/message/message.ts";

Deno.test("an error of the bridge has the id of the request as written", () => {
  for (const id of ["9007199254740993", "1.0", '"\\u0061"', '"x"']) {
    const request = messageOf(`{"jsonrpc":"2.0","method":"tools/list","id": ${id} }`);
    const { text } = bridgeErrorResponse(request, "response_lost", "lost");
    assert.equal(
      text,
      `{"jsonrpc":"2.0","id":${id},"error":{"code":-31905,"message":"lost",` +
        `"data":{"source":"mcpass","reason":"response_lost"}}}`,
    );
  }
});
