// dockerode as one file, without what devpm never calls: image builds (gRPC, protobuf, tar) and its own ssh. As a dependency
// these would be sixty packages and a quarter of what an installation takes, and most of what loading dockerode costs.
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { build } from "esbuild";
import { licences } from "./bundle-licences.mjs";

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

await bundleDockerode(path.dirname(import.meta.dirname), process.argv[2]);
