// Builds a plugin: bundles its module, writes the WIT world of just what it imports and exports, and makes the component.
// Called by build.sh:  node build.mjs build|test TOOLS PROJECT [WIT OUTPUT]

import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const sdk = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const [mode, tools, projectArgument, wit, output] = process.argv.slice(2);
const project = path.resolve(projectArgument);
const load = createRequire(path.join(tools, "package.json"));
const esbuild = load("esbuild");

const say = (text) => console.log(`js: ${text}`);
function fail(text) {
  console.error(`js: ${text}`);
  process.exit(1);
}

/** Which functions of the module become which exports of the component. */
const EXPORTS = {
  router: { needs: "route", make: "makeRouter" },
  gatekeeper: { needs: "register", make: "makeGatekeeper" },
  observer: { needs: "onEvent", make: "makeObserver" },
};

const shared = {
  bundle: true,
  format: "esm",
  alias: { switchhook: sdk },
  absWorkingDir: project,
  logLevel: "warning",
  metafile: true,
};

const guest = {
  ...shared,
  platform: "neutral",
  target: "es2023",
  mainFields: ["module", "main"],
  conditions: ["switchhook-component", "module"],
  write: false,
};

/** The interfaces of the host; what is not used of them falls away. */
const imports = {
  name: "imports",
  setup(build) {
    build.onResolve({ filter: /^(switchhook:|wasi:)/ }, ({ path }) => ({ path, external: true, sideEffects: false }));
  },
};

const only = (metafile) => Object.values(metafile.outputs)[0];

function findEntry() {
  const entries = ["src/plugin.ts", "src/plugin.js", "src/plugin.mjs"].map((name) => path.join(project, name));
  return entries.find(existsSync) ?? fail(`${project} has no src/plugin.ts and no src/plugin.js`);
}

/** The exports that the module has functions for. */
async function findExports(entry) {
  const { metafile } = await esbuild.build({ ...guest, entryPoints: [entry], outfile: "entry.js", plugins: [imports] });
  const names = only(metafile).exports;
  const found = Object.keys(EXPORTS).filter((name) => names.includes(EXPORTS[name].needs));
  if (found.length === 0) {
    fail(`${entry} exports neither route, register nor onEvent (its exports: ${names.join(", ") || "none"})`);
  }
  return found;
}

async function bundle(entry, exported) {
  const contents = [
    `import * as plugin from ${JSON.stringify(entry)};`,
    `import * as guest from ${JSON.stringify(path.join(sdk, "src/guest.js"))};`,
    ...exported.map((name) => `export const ${name} = guest.${EXPORTS[name].make}(plugin);`),
  ].join("\n");
  const { metafile, outputFiles } = await esbuild.build({
    ...guest,
    stdin: { contents, resolveDir: project, sourcefile: "component.js" },
    outfile: "component.js",
    define: { "Math.random": "mathRandom" },
    inject: [path.join(sdk, "src/globals.js")],
    plugins: [imports],
  });
  const imported = only(metafile)
    .imports.filter(({ external }) => external)
    .map(({ path }) => path);
  return { source: outputFiles[0].text, imported: [...new Set(imported)] };
}

/** A copy of the contract with one more world. */
function writeWorld(directory, exported, imported) {
  for (const name of readdirSync(wit)) {
    if (name.endsWith(".wit") || name === "deps")
      cpSync(path.join(wit, name), path.join(directory, name), { recursive: true });
  }
  const version = /^package switchhook:plugin@([^;]+);/m.exec(readFileSync(path.join(wit, "world.wit"), "utf8"))?.[1];
  // An interface of the package itself goes by its short name.
  const inPackage = (name) => name.replace(/^switchhook:plugin\/(.*)@.*$/, "$1");
  const world = [...imported.map((name) => `import ${inPackage(name)};`), ...exported.map((name) => `export ${name};`)];
  writeFileSync(
    path.join(directory, "component.wit"),
    `package switchhook:plugin@${version};\nworld javascript-component {\n  ${world.join("\n  ")}\n}\n`,
  );
}

async function build() {
  const entry = findEntry();
  const exported = await findExports(entry);
  const { source, imported } = await bundle(entry, exported);
  const directory = mkdtempSync(path.join(tmpdir(), "switchhook-js-"));
  let component;
  try {
    writeWorld(directory, exported, imported);
    ({ component } = await componentize({
      witPath: directory,
      world: "javascript-component",
      jsSource: source,
      sync: true,
    }));
  } finally {
    rmSync(directory, { recursive: true });
  }
  const target = path.resolve(project, output);
  mkdirSync(path.dirname(target), { recursive: true });
  // A rename is atomic: a switch that watches the file never sees half of it.
  const unfinished = path.join(path.dirname(target), `.${path.basename(target)}.new`);
  writeFileSync(unfinished, component);
  renameSync(unfinished, target);
  const short = (name) => name.replace(/^switchhook:plugin\/|@.*$/g, "");
  say(
    `${output}, ${component.length} bytes: exports ${exported.join(", ")}; imports ${imported.map(short).join(", ") || "nothing"}`,
  );
}

/** The module runs once while the component is built, and what it leaves in memory is kept. There is no host then. */
async function componentize(options) {
  try {
    return await load("componentize-qjs").componentize(options);
  } catch (error) {
    const asked = /unknown import: `[^/]*\/([\w-]+)@[^#]*#([\w-]+)`/.exec(error.message);
    if (asked) {
      fail(`the top of a module asks the switch (${asked[1]} ${asked[2]}); ask inside of route, register or onEvent`);
    }
    throw error;
  }
}

/** Type-checks a project that has a tsconfig.json or a jsconfig.json, then runs its *.test.js and *.test.ts under node. */
async function test() {
  const config = ["tsconfig.json", "jsconfig.json"].map((name) => path.join(project, name)).find(existsSync);
  if (config) {
    say(`checking types by ${path.basename(config)}`);
    const types = path.join(tools, "node_modules/@types");
    const tsc = [load.resolve("typescript/bin/tsc"), "--noEmit", "-p", config, "--typeRoots", types, "--types", "node"];
    run(process.execPath, tsc);
  }
  const files = readdirSync(project, { recursive: true }).filter(
    (name) => /\.test\.[jt]s$/.test(name) && !/(^|[\\/])(node_modules|sdk)[\\/]/.test(name),
  );
  if (files.length === 0) fail(`${project} has no *.test.js and no *.test.ts`);
  const directory = mkdtempSync(path.join(tmpdir(), "switchhook-js-test-"));
  try {
    await esbuild.build({
      ...shared,
      platform: "node",
      target: "node20",
      entryPoints: files,
      outdir: directory,
      outExtension: { ".js": ".mjs" },
      splitting: true,
      sourcemap: "inline",
    });
    const bundled = files.map((name) => path.join(directory, path.basename(name).replace(/\.[jt]s$/, ".mjs")));
    run(process.execPath, ["--enable-source-maps", "--test", "--test-reporter=spec", ...bundled]);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function run(program, words) {
  const { status } = spawnSync(program, words, { cwd: project, stdio: "inherit" });
  if (status !== 0) process.exitCode = status ?? 1;
}

try {
  await (mode === "test" ? test() : build());
} catch (error) {
  // esbuild has said by itself what is wrong.
  fail(error.errors ? "not built" : error.message);
}
