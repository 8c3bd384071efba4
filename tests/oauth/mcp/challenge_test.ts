import assert from "node:assert/strict";
import {
  type Challenge,
  chooseChallenge,
  parseChallenges,
} from "../../../src/oauth/mcp/challenge.ts";

const PRM = "https://mcp.example/.well-known/oauth-protected-resource";

/** One challenge as a line: scheme, then `name=value` parts, or `~token68`. */
function line({ scheme, parameters, token68 }: Challenge): string {
  const parts = parameters.map(([name, value]) => `${name}=${value}`);
  return [scheme, ...(token68 === undefined ? [] : [`~${token68}`]), ...parts].join(" | ");
}

const ROWS: readonly [behaviour: string, header: string, challenges: string[], faults: string[]][] =
  [
    // What the grammar allows.
    ["nothing", "", [], []],
    ["blanks and commas", " , ,\t,", [], []],
    ["a scheme alone", "Bearer", ["Bearer"], []],
    ["a scheme and blanks", "Bearer   ", ["Bearer"], []],
    ["a quoted value", 'Bearer realm="a b"', ["Bearer | realm=a b"], []],
    ["a token value", "Bearer error=invalid_token", ["Bearer | error=invalid_token"], []],
    ["an empty quoted value", 'Bearer scope=""', ["Bearer | scope="], []],
    ["several parameters", `Bearer realm="a", scope="b c", error=d`, [
      "Bearer | realm=a | scope=b c | error=d",
    ], []],
    ["no blank after the comma", 'Bearer a="1",b="2"', ["Bearer | a=1 | b=2"], []],
    [
      "blanks around the equals sign",
      'Bearer realm = "a" , b =\t2',
      ["Bearer | realm=a | b=2"],
      [],
    ],
    ["several blanks after the scheme", 'Bearer \t  realm="a"', ["Bearer | realm=a"], []],
    ["names in capitals", 'BEARER Resource_Metadata="x"', ["BEARER | resource_metadata=x"], []],
    ["a comma in quotes", 'Bearer realm="a, b=c", d=e', ["Bearer | realm=a, b=c | d=e"], []],
    ["a challenge in quotes", 'Basic realm="x, Bearer scope=y"', [
      "Basic | realm=x, Bearer scope=y",
    ], []],
    ["an escaped quote", 'Bearer realm="a \\"b\\" c"', ['Bearer | realm=a "b" c'], []],
    ["an escaped backslash at the end", 'Bearer a="b\\\\", c=d', ["Bearer | a=b\\ | c=d"], []],
    ["needless escapes", 'Bearer a="\\b\\,"', ["Bearer | a=b,"], []],
    ["an equals sign in quotes", 'Bearer a="b=c"', ["Bearer | a=b=c"], []],
    ["two challenges in one line", 'Bearer realm="a", DPoP algs="ES256"', [
      "Bearer | realm=a",
      "DPoP | algs=ES256",
    ], []],
    ["two lines joined", 'Basic realm="a", Bearer scope="b"', [
      "Basic | realm=a",
      "Bearer | scope=b",
    ], []],
    ["two schemes alone", "Negotiate, Bearer", ["Negotiate", "Bearer"], []],
    ["a scheme alone before another", 'Negotiate, Bearer realm="a"', [
      "Negotiate",
      "Bearer | realm=a",
    ], []],
    ["a scheme alone after another", 'Bearer realm="a", Negotiate', [
      "Bearer | realm=a",
      "Negotiate",
    ], []],
    ["the same scheme twice", "Bearer a=1, Bearer b=2", ["Bearer | a=1", "Bearer | b=2"], []],
    ["token68", "Negotiate abc==", ["Negotiate | ~abc=="], []],
    ["token68 of all its characters", "X aB9-._~+/=", ["X | ~aB9-._~+/="], []],
    ["token68 before another challenge", 'Negotiate abc==, Bearer realm="a"', [
      "Negotiate | ~abc==",
      "Bearer | realm=a",
    ], []],
    ["token68 after another challenge", 'Bearer realm="a", Negotiate abc=', [
      "Bearer | realm=a",
      "Negotiate | ~abc=",
    ], []],
    ["token68 without padding", "NTLM TlRMTVNTUAAC, Basic realm=x", [
      "NTLM | ~TlRMTVNTUAAC",
      "Basic | realm=x",
    ], []],
    ["blanks after token68", "Negotiate abc== \t, Bearer", ["Negotiate | ~abc==", "Bearer"], []],
    ["empty members first", ', , Bearer realm="a"', ["Bearer | realm=a"], []],
    ["empty members between parameters", "Bearer a=1, , ,b=2", ["Bearer | a=1 | b=2"], []],
    [
      "empty members between challenges",
      "Basic a=1,,Bearer b=2,",
      ["Basic | a=1", "Bearer | b=2"],
      [],
    ],
    ["every token character", "Bearer !#$%&'*+-.^_`|~0aA=!#$%&'*+-.^_`|~0aA", [
      "Bearer | !#$%&'*+-.^_`|~0aa=!#$%&'*+-.^_`|~0aA",
    ], []],
    [
      "an apostrophe in a token",
      "Bearer a=it's, Basic b='c",
      ["Bearer | a=it's", "Basic | b='c"],
      [],
    ],
    ["apostrophes in two challenges", "Bearer a='b, Basic realm='c", [
      "Bearer | a='b",
      "Basic | realm='c",
    ], []],
    ["a repeated resource_metadata", 'Bearer resource_metadata="a", resource_metadata="b"', [
      "Bearer | resource_metadata=a | resource_metadata=b",
    ], []],
    ["a scheme named like a parameter", "error realm=x", ["error | realm=x"], []],
    [
      "Digest before Bearer",
      'Digest realm="a", qop="auth, auth-int", nonce="n", Bearer scope="s"',
      ["Digest | realm=a | qop=auth, auth-int | nonce=n", "Bearer | scope=s"],
      [],
    ],
    ["prototype names", "__proto__ __proto__=1, constructor=2", [
      "__proto__ | __proto__=1 | constructor=2",
    ], []],
    [
      "letters beyond ASCII in quotes",
      'Bearer realm="caf\u00e9"',
      ["Bearer | realm=caf\u00e9"],
      [],
    ],
    // What servers send nevertheless.
    ["an unquoted URL", `Bearer resource_metadata=${PRM}`, [`Bearer | resource_metadata=${PRM}`], [
      "unquoted_value",
    ]],
    ["an unquoted URL and more", `Bearer resource_metadata=${PRM}, scope=a`, [
      `Bearer | resource_metadata=${PRM} | scope=a`,
    ], ["unquoted_value"]],
    ["an unquoted URL with a query", "Bearer resource_metadata=https://a/?b=c&d=e", [
      "Bearer | resource_metadata=https://a/?b=c&d=e",
    ], ["unquoted_value"]],
    ["single quotes", `Bearer resource_metadata='${PRM}', scope='a b'`, [
      `Bearer | resource_metadata=${PRM} | scope=a b`,
    ], ["single_quotes"]],
    ["single quotes around a token", "Bearer error='invalid_token'", [
      "Bearer | error=invalid_token",
    ], ["single_quotes"]],
    ["single quotes around a list", "Bearer scope='a, b', realm=x", [
      "Bearer | scope=a, b | realm=x",
    ], ["single_quotes"]],
    ["empty single quotes", "Bearer scope='', realm=x", ["Bearer | scope= | realm=x"], [
      "single_quotes",
    ]],
    ["no commas", `Bearer realm="a" scope="b" resource_metadata="c"`, [
      "Bearer | realm=a | scope=b | resource_metadata=c",
    ], ["comma_missing"]],
    ["no separator at all", 'Bearer realm="a"scope="b"', ["Bearer | realm=a | scope=b"], [
      "comma_missing",
    ]],
    ["semicolons", 'Bearer realm="a"; scope="b"', ["Bearer | realm=a | scope=b"], [
      "comma_missing",
    ]],
    ["no comma between challenges", 'Basic realm="a" Bearer scope="b"', [
      "Basic | realm=a",
      "Bearer | scope=b",
    ], ["comma_missing"]],
    ["a quote that is not closed", `Bearer resource_metadata="${PRM}`, [
      `Bearer | resource_metadata=${PRM}`,
    ], ["quote_not_closed"]],
    ["a quote that swallows the rest", 'Bearer realm="a, scope=b', ["Bearer | realm=a, scope=b"], [
      "quote_not_closed",
    ]],
    ["a backslash at the very end", 'Bearer realm="a\\', ["Bearer | realm=a\\"], [
      "quote_not_closed",
    ]],
    ["no scheme", `resource_metadata="${PRM}"`, [` | resource_metadata=${PRM}`], [
      "scheme_missing",
    ]],
    ["no scheme, several parameters", 'realm="a", scope="b"', [" | realm=a | scope=b"], [
      "scheme_missing",
    ]],
    ["no scheme before another challenge", "realm=a, Bearer scope=b", [
      " | realm=a",
      "Bearer | scope=b",
    ], ["scheme_missing"]],
    ["parameters after token68", "Negotiate abc==, realm=a", ["Negotiate | ~abc==", " | realm=a"], [
      "scheme_missing",
    ]],
    ["a scheme with an equals sign", 'Bearer="x", scope=a', [" | bearer=x | scope=a"], [
      "scheme_missing",
    ]],
    ["a bare URL", PRM, [` | resource_metadata=${PRM}`], ["bare_url", "scheme_missing"]],
    ["a bare URL after a scheme", `Bearer ${PRM}`, [`Bearer | resource_metadata=${PRM}`], [
      "bare_url",
    ]],
    ["a URL of another scheme", `Bearer x${PRM}, scope=a`, ["Bearer | scope=a"], ["unreadable"]],
    ["a bare URL in capitals", `Bearer HTTPS://a/b`, ["Bearer | resource_metadata=HTTPS://a/b"], [
      "bare_url",
    ]],
    ["a bare URL among parameters", `Bearer realm=a, ${PRM}`, [
      `Bearer | realm=a | resource_metadata=${PRM}`,
    ], ["bare_url"]],
    ["a bare URL before a challenge", `${PRM}, Basic realm=a`, [
      ` | resource_metadata=${PRM}`,
      "Basic | realm=a",
    ], ["bare_url", "scheme_missing"]],
    ["JSON", '{"error":"invalid_token"}', [], ["json"]],
    ["JSON after a scheme", 'Bearer {"error":"x","scope":"y"}', ["Bearer"], ["json"]],
    ["JSON before another line", '{"a":"}, Basic x=\\"y\\"","b":[{}]}, Bearer scope=z', [
      "Bearer | scope=z",
    ], ["json"]],
    ["a JSON list", '["Bearer", {"a":1}]', [], ["json"]],
    ["JSON that is not closed", 'Bearer {"a":"b", Basic c=d', ["Bearer"], ["json"]],
    ["a no-break space after the scheme", 'Bearer\u00a0realm="x, scope=y", Basic realm=z', [
      "Basic | realm=z",
    ], ["unreadable"]],
    ["a stray sign before a quoted value", 'Basic @a="b, scope=c", Bearer scope=d', [
      "Basic",
      "Bearer | scope=d",
    ], ["unreadable"]],
    ["a stray quoted string", 'Bearer "a, scope=b", realm=c', ["Bearer | realm=c"], ["unreadable"]],
    ["a quoted string after a token value", 'Bearer a=b"c, scope=d", e=f', ["Bearer | a=b | e=f"], [
      "comma_missing",
      "unquoted_value",
      "unreadable",
    ]],
    ["a colon after the scheme", 'Bearer: realm="a, scope=b", Basic realm=c', ["Basic | realm=c"], [
      "unreadable",
    ]],
    ["an angle-bracketed URL", `Bearer resource_metadata=<${PRM}>`, [
      `Bearer | resource_metadata=<${PRM}>`,
    ], ["unquoted_value"]],
    [
      "a value that is missing at the end",
      "Bearer realm=a, scope=",
      ["Bearer | realm=a | scope="],
      ["unquoted_value"],
    ],
    ["a value that is missing", "Bearer realm=a, scope=, error=b", [
      "Bearer | realm=a | scope= | error=b",
    ], ["unquoted_value"]],
    ["two equals signs", "Bearer a=b, c==d", ["Bearer | a=b | c==d"], ["unquoted_value"]],
    ["control characters", "Bearer \u0001, scope=a", ["Bearer | scope=a"], ["unreadable"]],
    ["a control character in quotes", 'Bearer realm="\u0007"', ["Bearer | realm=\u0007"], []],
  ];

for (const [behaviour, header, challenges, faults] of ROWS) {
  Deno.test(`a challenge header of ${behaviour}`, () => {
    const parsed = parseChallenges(header);
    assert.deepEqual(parsed.challenges.map(line), challenges);
    assert.deepEqual([...parsed.faults].sort(), [...faults].sort());
  });
}

Deno.test("the table has at least sixty rows", () => {
  assert.ok(ROWS.length >= 60, String(ROWS.length));
});

const CHOICES: readonly [
  behaviour: string,
  header: string,
  chosen: Readonly<Record<string, unknown>> | undefined,
][] = [
  ["nothing", "", undefined],
  ["Basic alone", 'Basic realm="x"', undefined],
  ["token68 alone", "Negotiate abc==", undefined],
  ["Bearer", 'Bearer scope="a b"', { scheme: "Bearer", scope: ["a", "b"], scopeCommas: false }],
  ["Bearer after Basic", 'Basic realm="x", Bearer scope=a', { scheme: "Bearer", scope: ["a"] }],
  ["Bearer after DPoP", "DPoP scope=a, Bearer scope=b", { scheme: "Bearer", scope: ["b"] }],
  ["DPoP alone", 'DPoP algs="ES256", scope=a', { scheme: "DPoP", scope: ["a"] }],
  ["Bearer in capitals", "BEARER scope=a", { scheme: "BEARER", scope: ["a"] }],
  ["no scheme", "resource_metadata=a", { scheme: "", resourceMetadata: ["a"] }],
  ["Bearer before no scheme", "resource_metadata=a, Bearer scope=b", {
    scheme: "Bearer",
    resourceMetadata: ["a"],
    scope: ["b"],
  }],
  ["metadata on another scheme", "Basic resource_metadata=a", {
    scheme: "Basic",
    resourceMetadata: ["a"],
  }],
  ["metadata beside Bearer", "Basic resource_metadata=a, Bearer scope=b", {
    scheme: "Bearer",
    resourceMetadata: ["a"],
    scope: ["b"],
  }],
  ["the Bearer that names metadata", "Bearer error=x, Bearer resource_metadata=a", {
    scheme: "Bearer",
    resourceMetadata: ["a"],
  }],
  ["error and scope of one challenge only", "DPoP error=x, Bearer scope=b", {
    scheme: "Bearer",
    scope: ["b"],
    error: undefined,
  }],
  ["scope and error of one Bearer only", "Bearer scope=a, Bearer error=x", {
    scope: ["a"],
    error: undefined,
  }],
  [
    "repeated metadata, each once",
    "Bearer resource_metadata=a, resource_metadata=b, resource_metadata=a",
    {
      resourceMetadata: ["a", "b"],
    },
  ],
  ["scope separated by commas", 'Bearer scope="a,b, c"', {
    scope: ["a", "b", "c"],
    scopeCommas: true,
  }],
  ["an empty scope", 'Bearer scope=""', { scope: [], scopeCommas: false }],
  ["error and description", 'Bearer error="invalid_token", error_description="it, expired"', {
    error: "invalid_token",
    errorDescription: "it, expired",
  }],
];

for (const [behaviour, header, chosen] of CHOICES) {
  Deno.test(`of the challenges in ${behaviour}, the right one is followed`, () => {
    const found = chooseChallenge(parseChallenges(header).challenges);
    if (chosen === undefined) return assert.equal(found, undefined);
    for (const [name, value] of Object.entries(chosen)) {
      assert.deepEqual(found?.[name as keyof typeof found], value, name);
    }
  });
}

Deno.test("a flood of metadata URLs is cut", () => {
  const header = `Bearer ${
    Array.from({ length: 1000 }, (_, i) => `resource_metadata="u${i}"`).join(", ")
  }`;
  const chosen = chooseChallenge(parseChallenges(header).challenges);
  assert.deepEqual(chosen?.resourceMetadata, ["u0", "u1", "u2", "u3", "u4"]);
});

const RANKS: readonly (readonly [header: string, scheme: string, realm: string])[] = [
  ['Bearer realm="a", Bearer realm="b", resource_metadata="https://m/"', "Bearer", "b"],
  ['Bearer realm="a", resource_metadata="https://m/", Bearer realm="b"', "Bearer", "a"],
  ['DPoP realm="a", resource_metadata="https://m/", Bearer realm="b"', "Bearer", "b"],
  ['Basic realm="a", resource_metadata="https://m/", DPoP realm="b"', "DPoP", "b"],
];

for (const [header, scheme, realm] of RANKS) {
  Deno.test(`of ${header} the one of ${realm} is followed`, () => {
    const text = header.replaceAll(/realm="(.)"/g, 'realm="$1", scope="$1"');
    const chosen = chooseChallenge(parseChallenges(text).challenges);
    assert.deepEqual([chosen?.scheme, chosen?.scope], [scheme, [realm]]);
    assert.deepEqual(chosen?.resourceMetadata, ["https://m/"]);
  });
}

Deno.test("five addresses of metadata are taken, each once, and empty lists are none", () => {
  const bearer = (metadata: string) => `Bearer resource_metadata="${metadata}"`;
  const header = [1, 1, 2, 3, 4, 5, 6].map((at) => bearer(`https://m/${at}`)).join(", ");
  assert.deepEqual(
    chooseChallenge(parseChallenges(header).challenges)?.resourceMetadata,
    [1, 2, 3, 4, 5].map((at) => `https://m/${at}`),
  );
  const dpop = chooseChallenge(parseChallenges('Bearer, DPoP algs=" , "').challenges);
  assert.equal(dpop?.dpopAlgorithms, undefined);
  const algs = chooseChallenge(parseChallenges('Bearer, dpop algs="ES256, RS256"').challenges);
  assert.deepEqual(algs?.dpopAlgorithms, ["ES256", "RS256"]);
});

Deno.test("a semicolon is no comma, wherever it is", () => {
  for (const header of ["; Bearer scope=a", "Bearer scope=a; realm=b", "Bearer scope=a realm=b"]) {
    assert.ok(parseChallenges(header).faults.includes("comma_missing"), header);
  }
  for (const header of ["Bearer scope=a", ", Bearer scope=a", "Bearer scope=a, realm=b"]) {
    assert.ok(!parseChallenges(header).faults.includes("comma_missing"), header);
  }
});
