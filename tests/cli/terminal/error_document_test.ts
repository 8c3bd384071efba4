import assert from "node:assert/strict";
import { Failure } from "../../../src/core/failure.ts";
import { errorMember } from "../../../src/cli/terminal/error_document.ts";

Deno.test("the error of a document has the remedy by party, and a command that runs", () => {
  const remedy = "Server: name the scopes\nRefresh it:\n  mcpass refresh\n" +
    "Request a scope:\n  mcpass login --scopes '<a b>'";
  assert.deepEqual(errorMember(new Failure("insufficient_scope", "403", { remedy })), {
    code: "insufficient_scope",
    message: "403",
    remedy,
    fixes: [
      { party: "server", text: "name the scopes" },
      { party: "you", text: "Refresh it" },
      {
        party: "you",
        text: "Request a scope:",
        commands: ["mcpass login --scopes '<a b>'"],
      },
    ],
    try: "mcpass refresh",
  });
  assert.deepEqual(errorMember(new Failure("cancelled", "cancelled")).fixes, []);
});
