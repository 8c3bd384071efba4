import assert from "node:assert/strict";
import { run } from "../../fake_runtime.ts";

const URL_FLAG = ["--url", "http://127.0.0.1:9/mcp"];

const ROWS: Readonly<Record<string, (folder: string) => readonly string[]>> = {
  not_signed_in: () => ["oauth", "refresh", ...URL_FLAG, "--store", "file"],
  conflicting_credentials: (folder) => [
    ...["tools", "list", ...URL_FLAG, "--access-token", "a"],
    ...["--credentials-file", `${folder}/a.json`],
  ],
  credentials_file_missing: (folder) => [
    ...["tools", "list", ...URL_FLAG, "--credentials-file", `${folder}/missing.json`],
  ],
  credentials_file_invalid: (folder) => [
    ...["tools", "list", ...URL_FLAG, "--credentials-file", `${folder}/invalid.json`],
  ],
  credentials_file_server: (folder) => [
    ...["tools", "list", ...URL_FLAG, "--credentials-file", `${folder}/other.json`],
  ],
};

for (const [code, args] of Object.entries(ROWS)) {
  Deno.test(`credentials that cannot be used end with ${code}`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const mode = { mode: 0o600 };
      await Deno.writeTextFile(`${folder}/invalid.json`, "{}", mode);
      const other = { version: 1, serverUrl: "https://other.example/mcp", accessToken: "a" };
      await Deno.writeTextFile(`${folder}/other.json`, JSON.stringify(other), mode);
      const ran = await run(args(folder), { env: { MCPASS_HOME: folder } });
      assert.equal(JSON.parse(ran.stdout).error.code, code, ran.stdout);
      assert.ok([2, 4].includes(ran.status));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
