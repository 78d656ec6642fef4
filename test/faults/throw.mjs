// Loaded into the CLI by NODE_OPTIONS: SIGUSR2 makes it throw where nobody catches.
if (process.argv[1]?.endsWith("bin/devpm.js"))
  process.on("SIGUSR2", () => {
    throw new Error("thrown by the fault table");
  });
