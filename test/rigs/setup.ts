// Some machines export these, and with them tests of stale bytecode or of buffering would pass with nothing built.
for (const name of ["PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHONPATH", "VIRTUAL_ENV", "DEVPM_HOME"]) {
  delete process.env[name];
}
/** What decides how the tests run. */
const OURS = new Set(["DEVPM_CI_STRICT", "DEVPM_TEST_SLOW_OUTPUT"]);
// Set by a devpm around the test run: its mark would make everything here look like its own.
for (const name of Object.keys(process.env)) if (/^DEVPM(_|$)/.test(name) && !OURS.has(name)) delete process.env[name];
