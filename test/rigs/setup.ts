// Some machines export these, and with them tests of stale bytecode or of buffering would pass with nothing built.
for (const name of ["PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHONPATH", "VIRTUAL_ENV", "DEVPM_HOME"]) {
  delete process.env[name];
}
// Set by a devpm around the test run: its mark would make everything here look like its own.
for (const name of Object.keys(process.env))
  if (/^DEVPM(_|$)/.test(name) && name !== "DEVPM_CI_STRICT") delete process.env[name];
