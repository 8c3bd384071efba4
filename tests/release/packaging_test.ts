import { parseAllDocuments } from "yaml";
import assert from "node:assert/strict";
import { parse } from "yaml";
import { TARGETS } from "../../scripts/build/targets.ts";
import {
  fill,
  fillTemplate,
  MissingArchive,
  type Release,
  stampScript,
  TEMPLATES,
} from "../../scripts/packaging/fill.ts";
import { syntaxFaults } from "./grammar.ts";

const hashOf = (target: string) => String(TARGETS.findIndex((it) => it === target) + 1).repeat(64);
const BASE = "https://releases.example/v1.2.3";

function release(targets: readonly string[] = TARGETS): Release {
  const lines = targets.map((target) => {
    const ending = target.includes("windows") ? "zip" : "tar.gz";
    return `${hashOf(target)}  mcpass-1.2.3-${target}.${ending}\n`;
  });
  return {
    release: `${BASE}/`,
    homepage: "https://project.example/mcpass",
    version: "1.2.3",
    sums: lines.join("") + `${"f".repeat(64)}  mcpass-1.2.3.spdx.json\n`,
  };
}

const filled = new Map(
  await Promise.all(
    TEMPLATES.map(async (path) => [path, await fillTemplate(path, release())] as const),
  ),
);
const text = (name: (typeof TEMPLATES)[number]) => filled.get(name) ?? "";

/** URL and hash of a target's archive. */
function pair(target: string): { readonly url: string; readonly sha256: string } {
  const ending = target.includes("windows") ? "zip" : "tar.gz";
  return { url: `${BASE}/mcpass-1.2.3-${target}.${ending}`, sha256: hashOf(target) };
}

Deno.test("every template is filled: no place is left, and no hash but the release's", async () => {
  const folder = new URL("../../scripts/packaging/", import.meta.url);
  const known = new Set<string>(TARGETS.map(hashOf));
  for (const name of TEMPLATES) {
    assert.match(
      await Deno.readTextFile(new URL(name, folder)),
      /\{\{version\}\}|\{\{sha256 /,
      name,
    );
    assert.doesNotMatch(text(name), /\{\{|\}\}/, name);
    for (const [hash] of text(name).matchAll(/\b[0-9A-Fa-f]{64}\b/g)) assert.ok(known.has(hash));
  }
});

Deno.test("an install script of a release contains its URL, version and sums", async () => {
  const sh = await stampScript("install.sh", release());
  const unix = TARGETS.filter((target) => !target.includes("windows"));
  const sums = unix.map((target) => `${hashOf(target)}  mcpass-1.2.3-${target}.tar.gz`).join("\n");
  assert.ok(sh.includes(
    `stamped_release='${BASE}'\nstamped_version='1.2.3'\nstamped_sums='${sums}'\n`,
  ));
  const ps1 = await stampScript("install.ps1", release());
  const sum = hashOf("x86_64-pc-windows-msvc");
  const values = [["Release", BASE], ["Version", "1.2.3"], ["Sum", sum]];
  for (const [name, value] of values) assert.ok(ps1.includes(`$stamped${name} = '${value}'\n`));
  assert.deepEqual(await syntaxFaults("powershell", ps1), []);
  for (const text of [sh, ps1]) assert.doesNotMatch(text, /stamped\w+ ?= ?''/);
});

Deno.test("a URL that could end the string that it is in is refused", async () => {
  for (const url of ["https://a.example/'; rm -rf ~; '", "https://a.example/$(id)", "http://a.b"]) {
    await assert.rejects(stampScript("install.sh", { ...release(), release: url }), /https URL/);
  }
});

Deno.test("the Homebrew formula is Ruby and has file and hash of each Unix platform", async () => {
  const formula = text("homebrew.rb");
  assert.deepEqual(await syntaxFaults("ruby", formula), []);
  assert.notDeepEqual(await syntaxFaults("ruby", formula.replace("  end\n", "")), []);
  const found = [...formula.matchAll(/on_(\w+) do\n\s+url "(.*)"\n\s+sha256 "(.*)"/g)]
    .map(([, cpu, url, sha256]) => ({ cpu, url, sha256 }));
  assert.deepEqual(found, [
    { cpu: "arm", ...pair("aarch64-apple-darwin") },
    { cpu: "intel", ...pair("x86_64-apple-darwin") },
    { cpu: "arm", ...pair("aarch64-unknown-linux-gnu") },
    { cpu: "intel", ...pair("x86_64-unknown-linux-gnu") },
  ]);
});

Deno.test("the Scoop manifest is JSON with file and hash of Windows", () => {
  const manifest = JSON.parse(text("scoop.json"));
  const { url, sha256 } = pair("x86_64-pc-windows-msvc");
  assert.deepEqual(manifest.architecture, { "64bit": { url, hash: sha256 } });
  assert.deepEqual([manifest.version, manifest.bin], ["1.2.3", "mcpass.exe"]);
});

Deno.test("the winget manifests are YAML, agree with each other, and name file and hash", () => {
  const names = TEMPLATES.filter((name) => name.startsWith("winget/"));
  const manifests = names.map((name) => parse(text(name)));
  assert.deepEqual(
    manifests.map(({ ManifestType }) => ManifestType).sort(),
    ["defaultLocale", "installer", "version"],
  );
  for (const [at, manifest] of manifests.entries()) {
    assert.equal(manifest.PackageIdentifier, "mcpass.mcpass");
    assert.equal(manifest.PackageVersion, "1.2.3");
    assert.equal(manifest.ManifestVersion, manifests[0].ManifestVersion);
    assert.ok(names[at]?.startsWith("winget/mcpass.mcpass."));
  }
  const installer = manifests.find(({ ManifestType }) => ManifestType === "installer");
  const { url, sha256 } = pair("x86_64-pc-windows-msvc");
  assert.deepEqual(installer.Installers, [
    { Architecture: "x64", InstallerUrl: url, InstallerSha256: sha256 },
  ]);
  assert.equal(installer.NestedInstallerFiles[0].RelativeFilePath, "mcpass.exe");
});

Deno.test("the image takes checked archives and ends as distroless, not as root, without a shell", () => {
  const instructions = text("Dockerfile").replaceAll(/^#.*\n/gm, "").split(/\n+/).filter(Boolean);
  for (const [cpu, target] of [["amd64", "x86_64"], ["arm64", "aarch64"]] as const) {
    const { url, sha256 } = pair(`${target}-unknown-linux-gnu`);
    const at = instructions.indexOf(`FROM debian:bookworm-slim AS archive-${cpu}`);
    assert.equal(instructions[at + 1], `ADD --checksum=sha256:${sha256} ${url} /mcpass.tar.gz`);
  }
  const last = instructions.findLastIndex((line) => line.startsWith("FROM "));
  assert.deepEqual(instructions.slice(last), [
    "FROM gcr.io/distroless/cc-debian12:nonroot",
    "COPY --from=unpacked /usr/local/bin/mcpass /usr/local/bin/mcpass",
    'ENTRYPOINT ["/usr/local/bin/mcpass"]',
  ]);
});

Deno.test("a missing platform and an unknown placeholder are errors", async () => {
  const missing = release(TARGETS.filter((target) => target !== "aarch64-apple-darwin"));
  await assert.rejects(fillTemplate("homebrew.rb", missing), MissingArchive);
  assert.throws(() => fill("{{size x86_64-apple-darwin}}", release()), /Unknown placeholder/);
});

Deno.test("the script of the GitLab template contains no input, and verifies what it downloads", () => {
  const [header, job] = parseAllDocuments(text("gitlab.yml")).map((it) => it.toJS());
  const { script, before_script: before, variables } = job["mcpass-conformance"];
  assert.doesNotMatch([...script, ...before].join("\n"), /\$\[\[/);
  for (const name of ["url", "arguments"]) {
    assert.ok(Object.hasOwn(header.spec.inputs, name));
    assert.ok(Object.values(variables).includes(`$[[ inputs.${name} ]]`));
  }
  assert.match(before.join("\n"), /sha256sum --check --strict/);
});
