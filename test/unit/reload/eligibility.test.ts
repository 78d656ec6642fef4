import { describe, expect, it } from "vitest";
import { whyNotEligible, lastValueOf } from "../../../src/reload/eligibility.ts";

describe("what gains nothing from a fork", () => {
  it.for([
    [["-m", "uvicorn", "app:app", "--workers", "4"], /uvicorn --workers/],
    [["/v/bin/uvicorn", "app:app", "--workers=2"], /uvicorn --workers/],
    [["/v/bin/gunicorn", "-k", "gevent", "app"], /gevent/],
    [["-m", "gunicorn", "--worker-class=eventlet", "app"], /eventlet/],
    [["/v/bin/hypercorn", "app", "-w", "2"], /hypercorn --workers/],
    [["/v/bin/granian", "app:app"], /granian/],
    [["/v/bin/sanic", "app:app"], /--single-process/],
    [["/v/bin/ddtrace-run", "flask", "run"], /replaces itself/],
    [["-m", "dotenv", "run", "flask", "run"], /replaces itself/],
  ] as const)("%s", ([program, reason]) => {
    expect(whyNotEligible(program)).toEqual({ cannot: expect.stringMatching(reason) as string });
  });

  it.for([
    [["-m", "watchfiles.cli", "x"], /watchfiles reloads it/],
    [["-m", "debugpy", "--wait-for-client", "--listen", "5678", "/v/bin/streamlit", "run"], /streamlit reloads it/],
    [["/v/bin/granian", "--reload", "app:app"], /granian --reload/],
    [["/v/bin/sanic", "app:app", "--dev"], /sanic --dev/],
    [["/v/bin/arq", "worker.Settings", "--watch=src"], /arq --watch/],
    [["-m", "tornado.autoreload", "server.py"], /tornado reloads it/],
    [["/v/bin/streamlit", "run", "app.py"], /streamlit reloads it/],
  ] as const)("%s is left to its own reloader", ([program, reason]) => {
    expect(whyNotEligible(program)).toEqual({ cannot: expect.stringMatching(reason) as string, itself: true });
  });

  it("PyCharm's debugger connects to the editor by itself", () => {
    const cannot = "pydevd connects to the editor again from each process";
    expect(whyNotEligible(["/pycharm/helpers/pydev/pydevd.py", "--file", "app.py"])).toEqual({ cannot });
    expect(whyNotEligible(["-m", "pydevd", "--file", "app.py"])).toEqual({ cannot });
  });

  it.for([
    [["-m", "flask", "run", "--debug"]],
    [["/v/bin/uvicorn", "app:app", "--workers", "1", "--reload"]],
    [["/v/bin/uvicorn", "app:app", "--workers", "4", "--reload"]],
    [["/v/bin/gunicorn", "app", "-w", "4"]],
    [["/v/bin/hypercorn", "app:app", "--reload"]],
    [["/v/bin/sanic", "app:app", "--single-process"]],
    [["-m", "celery", "-A", "x", "worker"]],
    [["/v/bin/arq", "worker.Settings"]],
    [["server.py", "--workers", "4"]],
    [["manage.py", "runserver"]],
    [["-m", "debugpy", "--listen", "127.0.0.1:5678", "-m", "flask", "run"]],
  ] as const)("%s is kept warm", ([program]) => {
    expect(whyNotEligible(program)).toBeNull();
  });

  it("reads an option however it is written, the last one counts", () => {
    expect(lastValueOf(["--port", "1", "--port=2"], ["--port", "-p"])).toBe("2");
    expect(lastValueOf(["-p3"], ["--port", "-p"])).toBe("3");
    expect(lastValueOf(["--portal", "3"], ["--port"])).toBeNull();
  });
});
