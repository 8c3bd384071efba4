import assert from "node:assert/strict";
import { startFakeLab } from "../../../lab/fake_lab.ts";
import { guided } from "../../guided_login.ts";
import { namedNetwork } from "../../named_network.ts";
import { flat, openHome } from "../../real_run.ts";

const MCP = "https://mcp.example.com";
const ISSUER = "https://login.example.net";
const SECRET = "canary-client-secret-0123456789";
const ANSWERS = ["preregistered", "own", SECRET, "as ticked", "none"];

Deno.test("a secret that is typed goes to no authorization server at another site unasked", async () => {
  await using lab = await startFakeLab({
    clients: [{
      clientId: "own",
      clientSecret: SECRET,
      redirectUris: ["http://127.0.0.1/callback"],
    }],
  });
  await using home = await openHome();
  const origin = new URL(lab.mcpUrl).origin;
  const { replacements, at } = namedNetwork({ [MCP]: origin, [ISSUER]: lab.issuer });
  const setup = { replacements };
  const url = lab.mcpUrl.replace(origin, MCP);
  for (const end of ["no", null]) {
    const ran = await guided(home, ["login"], [url, ...ANSWERS, end], setup);
    assert.deepEqual(ran.questions.at(-1), `Send the client secret to ${ISSUER}?`);
    assert.ok(at(ISSUER).every(({ method }) => method === "GET"));
    assert.ok(at(ISSUER).every(({ text }) => !text.includes(SECRET)));
    assert.deepEqual(await home.store.find(url), []);
    assert.equal(flat(ran.stderr + ran.stdout).includes(SECRET), false);
    assert.deepEqual(ran.sent, []);
  }
});
