import path from "node:path";
import { expect, test } from "vitest";
import { buildOutputs } from "../../../src/config/build-outputs.ts";
import { parseCommand } from "../../../src/config/command-line.ts";
import { files } from "../../../src/system/files/files.ts";
import { folderWith } from "./outside.ts";

test.each([
  ["cargo run", { "Cargo.toml": "" }, ["target"]],
  ["go run .", { "go.mod": "" }, ["bin"]],
  ["go build -o out/server . && ./out/server", { "go.mod": "" }, ["bin", "out"]],
  ["go build -o server . && ./server", { "go.mod": "" }, ["bin", "server", "server-go-tmp-umask"]],
  [
    "npm run dev",
    { "tsconfig.json": '{\n  // "outDir": "no"\n "compilerOptions": { "outDir": "./lib" } }' },
    ["lib", "tsconfig.tsbuildinfo"],
  ],
  ["esbuild a.ts --outfile=public/a.js", {}, ["public/a.js"]],
  ["./gradlew bootRun", { "build.gradle.kts": "" }, ["build"]],
  ["dotnet run", { "shop.csproj": "" }, ["bin", "obj"]],
  ["node server.js", { "package.json": "{}" }, []],
  // the whole folder is never an output
  ["gcc a.c -o .", {}, []],
])("what %j builds in a folder of %j", async (line, contents, outputs) => {
  const root = folderWith({ "keep.txt": "", ...contents });
  const found = await buildOutputs(root, parseCommand(line), files);
  expect(found.map((folder) => path.relative(root, folder))).toEqual(outputs);
});
