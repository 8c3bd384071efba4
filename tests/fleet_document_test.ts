import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import { cellsIn, GENERATED, sizingRows } from "../scripts/fleet/sizing_table.ts";
import { ROOT } from "../scripts/shell.ts";
import { parsePrinted } from "./cli/printed_commands.ts";

/** A container of a manifest, as far as the tests read it. */
interface Container {
  readonly name?: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly command?: readonly string[];
  readonly read_only?: boolean;
  readonly user?: string;
  readonly securityContext?: {
    readonly readOnlyRootFilesystem?: boolean;
    readonly allowPrivilegeEscalation?: boolean;
  };
  readonly startupProbe?: { readonly httpGet: { readonly path: string } };
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  readonly volumes?: readonly string[];
}

interface PodSpec {
  readonly securityContext: { readonly runAsNonRoot: boolean; readonly runAsUser: number };
  readonly initContainers: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes: readonly { readonly name: string }[];
}

async function documents<T>(path: string): Promise<T[]> {
  const parsed = parseAllDocuments(await Deno.readTextFile(`${ROOT}${path}`));
  return parsed.map((document) => {
    assert.deepEqual(document.errors.concat(document.warnings), []);
    return document.toJS();
  });
}

const pods = (await documents<{ spec: { template: { spec: PodSpec } } }>(
  "docs/fleet/kubernetes.yaml",
)).map(({ spec }) => spec.template.spec);

const [compose] = await documents<{ services: Record<string, Container> }>(
  "docs/fleet/compose.yaml",
);
const services = Object.values(compose?.services ?? {});

const isOurs = ({ image }: Container) => image.startsWith("mcpass:");

Deno.test("the command lines of the manifests are ones that mcpass accepts", async () => {
  const lines = [
    ...pods.flatMap(({ initContainers }) => initContainers).filter(isOurs).map(({ args }) => args),
    ...services.filter(isOurs).map(({ command }) => command),
  ];
  assert.equal(lines.length, 3);
  for (const words of lines) await parsePrinted([...words ?? []]);
});

Deno.test("no container of the manifests runs as root or writes outside of its volumes", () => {
  for (const { securityContext, initContainers, containers, volumes } of pods) {
    assert.equal(securityContext.runAsNonRoot, true);
    assert.ok(securityContext.runAsUser > 0);
    const names = volumes.map(({ name }) => name);
    for (const { securityContext: own, volumeMounts = [] } of [...initContainers, ...containers]) {
      assert.deepEqual(
        [own?.readOnlyRootFilesystem, own?.allowPrivilegeEscalation],
        [true, false],
      );
      for (const { name } of volumeMounts) assert.ok(names.includes(name), name);
    }
  }
  assert.equal(services.length, 2);
  for (const { read_only, user } of services) {
    assert.equal(read_only, true);
    assert.match(user ?? "", /^[1-9]\d*:[1-9]\d*$/);
  }
});

Deno.test("the probe of the sidecar asks the path and the port that its command line serves", () => {
  const sidecar = pods.flatMap(({ initContainers }) => initContainers)
    .find(({ startupProbe }) => startupProbe !== undefined);
  assert.equal(sidecar?.startupProbe?.httpGet.path, "/healthz");
  assert.ok(sidecar?.args?.includes("--health=0.0.0.0:8090"));
});

Deno.test("the sizing table is what the simulation prints", async () => {
  const text = await Deno.readTextFile(`${ROOT}docs/fleet.md`);
  const [, , table = ""] = GENERATED.exec(text) ?? [];
  const written = cellsIn(table);
  for (const row of sizingRows(true)) {
    assert.deepEqual(
      written.find(([title]) => title === row[0]),
      row,
      "run: deno task fleet:simulate --write",
    );
  }
});
