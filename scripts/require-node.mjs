// Imported first: on an older Node the other scripts would end in a stack trace.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`devpm needs Node 20.19 or newer; this is ${process.versions.node} (${process.execPath})`);
  process.exit(3);
}
