// dockerode as one file, without what devpm never calls: image builds (gRPC, protobuf, tar) and its own ssh. As a dependency
// these would be sixty packages and a quarter of what an installation takes, and most of what loading dockerode costs.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { build } from "esbuild";

const LEFT_OUT = /^(@grpc\/grpc-js|@grpc\/proto-loader|protobufjs|tar-fs|@balena\/dockerignore|\.\/ssh)$/;

/** Writes `file` (CommonJS), and beside it the licences of what is in it. */
async function bundleDockerode(root, file) {
  const entry = createRequire(path.join(root, "package.json")).resolve("dockerode");
  const { metafile } = await build({
    entryPoints: [entry],
    outfile: file,
    bundle: true,
    platform: "node",
    target: "node20",
    metafile: true,
    logLevel: "warning",
    absWorkingDir: root,
    plugins: [{ name: "left out", setup: leaveOut }],
  });
  writeFileSync(`${file}.LICENSES.txt`, licences(root, Object.keys(metafile.inputs)));
}

/** It is replaced by a module that throws an explanation when it is used after all. */
function leaveOut(plugin) {
  plugin.onResolve({ filter: LEFT_OUT }, ({ path: name }) => ({ path: name, namespace: "left-out" }));
  plugin.onLoad({ filter: /.*/, namespace: "left-out" }, ({ path: name }) => ({
    contents: `const say = () => { throw new Error(${JSON.stringify(`${name} is left out of devpm's dockerode`)}); };
module.exports = new Proxy(function () {}, { get: say, apply: say, construct: say });`,
  }));
}

function licences(root, inputs) {
  const folders = new Set(inputs.flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []));
  const texts = [...folders]
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((folder) => {
      const at = path.join(root, folder);
      const { name, version, license } = JSON.parse(readFileSync(path.join(at, "package.json"), "utf8"));
      const named = readdirSync(at).find((one) => /^licen[cs]e/i.test(one));
      const text = named === undefined ? "" : `\n\n${readFileSync(path.join(at, named), "utf8").trim()}`;
      return `${name} ${version}: ${license}${text}`;
    });
  return `${texts.join("\n\n----\n\n")}\n`;
}

await bundleDockerode(path.dirname(import.meta.dirname), process.argv[2]);
