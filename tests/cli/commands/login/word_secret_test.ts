import assert from "node:assert/strict";
import { startFakeLab } from "../../../lab/fake_lab.ts";
import { openHome } from "../../real_run.ts";

interface Document {
  readonly currentStep: string;
  readonly authMode: string;
  readonly registrationStrategy: string;
  readonly steps: readonly { readonly step: string; readonly status: string }[];
  readonly findings: readonly {
    readonly code: string;
    readonly severity: string;
    readonly step: string;
  }[];
  readonly error: { readonly code: string };
}

/** What a program reads: the words of mcpass in the document of a login whose client is refused. */
async function ownWords(secret: string) {
  await using lab = await startFakeLab({ authMethods: ["client_secret_basic"] });
  await using home = await openHome();
  const file = `${home.path}/secret`;
  await Deno.writeTextFile(file, secret, { mode: 0o600 });
  const ran = await home.run([
    ...["oauth", "login", "--auth-mode", "client_credentials", "--client-id", "acme-cli"],
    ...["--client-secret-file", file, "--format", "json", "--progress", "json"],
    ...["--url", lab.mcpUrl],
  ]);
  assert.equal(ran.status, 1);
  const { currentStep, authMode, registrationStrategy, steps, findings, error }: Document = JSON
    .parse(ran.stdout);
  const events = ran.stderr.trimEnd().split("\n").map((line) => JSON.parse(line));
  return {
    document: [currentStep, authMode, registrationStrategy, error.code],
    steps: steps.map(({ step, status }) => [step, status]),
    findings: findings.map(({ code, severity, step }) => [code, severity, step])
      .filter(([code]) => code !== "weak_client_secret"),
    events: events.map(({ event, step, status, code }) => [event, step, status, code])
      .filter(([, , , code]) => code !== "weak_client_secret"),
  };
}

const RANDOM = ownWords("x7Qp2-long-random-secret-0123456789");

const SECRETS = [
  ...["token", "token_error", "registration", "preregistered", "client_credentials"],
  ...["authorization_server_metadata", "failed", "done", "error", "finding", "plan", "note"],
];

for (const secret of SECRETS) {
  Deno.test(`a secret that is the word "${secret}" does not mask words of mcpass`, async () => {
    assert.deepEqual(await ownWords(secret), await RANDOM);
  });
}
