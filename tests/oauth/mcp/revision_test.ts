import assert from "node:assert/strict";
import {
  LATEST,
  LATEST_INITIALIZE,
  ORIGIN_METADATA,
  type Revision,
  revision,
  REVISION_IDS,
  type RevisionId,
  REVISIONS,
} from "../../../src/oauth/mcp/revision.ts";

/** The matrix of the standard, a line a column of the table: 2025-03-26, 06-18, 11-25, 2026-07-28. */
const MATRIX: {
  readonly [Column in keyof Revision]: readonly [string, ...Revision[Column][]];
} = {
  id: ["the dates", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"],
  era: ["F1 opening", "initialize", "initialize", "initialize", "stateless"],
  resourceMetadata: ["A3-A5 resource metadata", false, true, true, true],
  metadataDocuments: [
    "B1, B3, B4 documents of a server",
    "oauth",
    "oauth",
    "oauth_and_openid",
    "oauth_and_openid",
  ],
  defaultEndpoints: ["B8 nothing found", true, false, false, false],
  versionHeaderOnMetadata: ["A12 version header on metadata", true, false, false, false],
  issuerMismatch: ["B7 issuer equality", "warn", "refuse", "refuse", "refuse"],
  pkceAdvertisement: ["B10 PKCE", "unchecked", "unchecked", "required", "required"],
  resourceParameter: ["D5, E1 resource", false, true, true, true],
  stepUp: ["E10 step-up", false, false, true, true],
  offlineAccess: ["D8 offline_access", false, false, false, true],
  registrationOrder: [
    "C1, C3 order of approaches",
    ["preregistered", "dcr"],
    ["preregistered", "dcr"],
    ["preregistered", "cimd", "dcr"],
    ["preregistered", "cimd", "dcr"],
  ],
};

for (const [column, [clause, ...cells]] of Object.entries(MATRIX)) {
  Deno.test(`the revision table agrees with the matrix: ${clause}`, () => {
    assert.deepEqual(REVISIONS.map((row) => row[column as keyof Revision]), cells);
  });
}

Deno.test("the matrix has a line for every column of the table", () => {
  for (const row of REVISIONS) {
    assert.deepEqual(Object.keys(row).sort(), Object.keys(MATRIX).sort());
  }
});

Deno.test("a revision is found by its date, and nothing else is", () => {
  for (const id of REVISION_IDS) assert.equal(revision(id).id, id);
  for (const id of ["2024-11-05", "", "auto", "__proto__", "2026-07-28 "]) {
    assert.throws(() => revision(id as RevisionId), RangeError, id);
  }
});

Deno.test("auto's checks are the newest row's, its fallbacks the rows that introduced the shapes", () => {
  assert.equal(LATEST, REVISIONS.at(-1));
  assert.equal(LATEST_INITIALIZE, REVISIONS.findLast((row) => row.era === "initialize"));
  assert.equal(ORIGIN_METADATA, REVISIONS.find((row) => !row.resourceMetadata));
});
