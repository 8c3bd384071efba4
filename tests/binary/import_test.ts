import assert from "node:assert/strict";
import { ROOT } from "../../scripts/shell.ts";
import { assertDocument } from "../cli/document_faults.ts";

const FILES = {
  ".codex/config.toml": '[mcp_servers.one]\nurl = "https://one.example/mcp"\n',
  ".config/goose/config.yaml": 'extensions: { two: { uri: "https://two.example/mcp" } }\n',
  ".cursor/mcp.json": '{ "mcpServers": { "three": { "url": "https://three.example/mcp" } } }',
};

Deno.test("the executable reads the TOML, YAML and JSON of other clients", async () => {
  const home = await Deno.makeTempDir({ prefix: "mcpass-import-" });
  try {
    for (const [path, text] of Object.entries(FILES)) {
      await Deno.mkdir(`${home}/${path}`.replace(/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${home}/${path}`, text);
    }
    const args = ["config", "import"];
    const ended = await new Deno.Command(`${ROOT}dist/mcpass`, {
      args,
      cwd: home,
      clearEnv: true,
      env: { HOME: home, MCPASS_STORE: "file" },
      stdin: "null",
    }).output();
    await assertDocument(args, ended);
    const { servers, problems } = JSON.parse(new TextDecoder().decode(ended.stdout));
    const names: string[] = servers.map(({ name }: { name: string }) => name);
    assert.deepEqual([names.toSorted(), problems], [["one", "three", "two"], []]);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
