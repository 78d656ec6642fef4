// The other app: a server of node on [::1], with a child of its own as `npm run dev` has. Usage: web.mjs PORT
import { spawn } from "node:child_process";
import { createServer } from "node:http";

spawn("sleep", ["4000"], { stdio: "ignore" });
createServer((request, response) => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write("data: hello\n\n");
  // an open stream, as HMR's socket is
  if (request.url !== "/stream") response.end();
}).listen(Number(process.argv[2]), "::1", () => console.log("web serves"));
