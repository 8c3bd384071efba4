import assert from "node:assert/strict";
import {
  chooseRegistration,
  type RegistrationSources,
} from "../../../src/oauth/client/registration_approach.ts";
import { revision, type RevisionId, REVISIONS } from "../../../src/oauth/mcp/revision.ts";
import {
  defaultServerMetadata,
  type ServerMetadata,
} from "../../../src/oauth/metadata/server_metadata.ts";
import { failureFrom, wordsOf } from "../support.ts";

const AS: ServerMetadata = { ...defaultServerMetadata("https://as.example") };
const CIMD_AS: ServerMetadata = { ...AS, clientIdMetadataDocument: true };
const CLOSED_AS: ServerMetadata = { ...AS, registrationEndpoint: undefined };

const NOTHING: RegistrationSources = {
  wanted: "auto",
  hasClientId: false,
  clientMetadataUrl: undefined,
  mayUseMetadataDocument: true,
};
const ID: RegistrationSources = { ...NOTHING, hasClientId: true };
const DOCUMENT: RegistrationSources = {
  ...NOTHING,
  clientMetadataUrl: "https://tool.example/client.json",
};

const CHOICES: readonly [
  behaviour: string,
  sources: RegistrationSources,
  metadata: ServerMetadata,
  rules: RevisionId,
  choice: string,
][] = [
  [
    "a given id comes first",
    { ...DOCUMENT, hasClientId: true },
    CIMD_AS,
    "2026-07-28",
    "preregistered",
  ],
  ["then the metadata document", DOCUMENT, CIMD_AS, "2026-07-28", "cimd"],
  ["and in 2025-11-25", DOCUMENT, CIMD_AS, "2025-11-25", "cimd"],
  ["but not before", DOCUMENT, CIMD_AS, "2025-06-18", "dcr"],
  ["nor in 2025-03-26", DOCUMENT, CIMD_AS, "2025-03-26", "dcr"],
  ["not where the server does not announce it", DOCUMENT, AS, "2026-07-28", "dcr"],
  ["not where no document is known", NOTHING, CIMD_AS, "2026-07-28", "dcr"],
  [
    "not for a grant that needs a secret",
    { ...DOCUMENT, mayUseMetadataDocument: false },
    CIMD_AS,
    "2026-07-28",
    "dcr",
  ],
  ["a given id needs no endpoint", ID, CLOSED_AS, "2026-07-28", "preregistered"],
  ["nothing works", NOTHING, CLOSED_AS, "2026-07-28", "registration_unavailable"],
  ["dcr is wanted and offered", { ...ID, wanted: "dcr" }, AS, "2026-07-28", "dcr"],
  [
    "dcr is wanted and not offered",
    { ...ID, wanted: "dcr" },
    CLOSED_AS,
    "2026-07-28",
    "registration_unavailable",
  ],
  [
    "cimd is wanted and not announced",
    { ...DOCUMENT, wanted: "cimd" },
    AS,
    "2026-07-28",
    "registration_unavailable",
  ],
  [
    "a given id is wanted and missing",
    { ...NOTHING, wanted: "preregistered" },
    AS,
    "2026-07-28",
    "registration_unavailable",
  ],
];

for (const [behaviour, sources, metadata, rules, choice] of CHOICES) {
  Deno.test(`way to a client: ${behaviour} (${rules}): ${choice}`, () => {
    const choose = () => chooseRegistration(sources, metadata, revision(rules), null);
    if (choice === "registration_unavailable") assert.equal(failureFrom(choose).code, choice);
    else assert.equal(choose(), choice);
  });
}

Deno.test("where no way is open, each way says what is in its way, and the redirect URI is named", () => {
  const failure = (redirectUri: string | null) =>
    failureFrom(() => chooseRegistration(NOTHING, CLOSED_AS, revision("2026-07-28"), redirectUri));
  assert.match(failure(null).message, /\(.*cimd: .*; dcr: .*no registration endpoint\)$/);
  assert.doesNotMatch(failure(null).remedy ?? "", /redirect URI/);
  assert.match(
    failure("http://127.0.0.1/cb").remedy ?? "",
    /redirect URI "http:\/\/127\.0\.0\.1\/cb"/,
  );
});

Deno.test("an issuer is made safe before it is shown", () => {
  const metadata = { ...CLOSED_AS, issuer: "https://as.example/\u001b[2J\u202e" };
  const failure = failureFrom(() =>
    chooseRegistration(NOTHING, metadata, revision("2026-07-28"), "http://127.0.0.1/callback")
  );
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(wordsOf(failure), /[\u001b\u202e]/);
});

Deno.test("every revision asks for a client in a way it knows", () => {
  for (const rules of REVISIONS) {
    assert.equal(chooseRegistration(ID, AS, rules, null), "preregistered");
    assert.equal(chooseRegistration(NOTHING, AS, rules, null), "dcr");
  }
});
