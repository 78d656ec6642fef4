#!/bin/sh
# What PM2 runs for an app:  launch.sh ENVIRONMENT-FILE COMMAND [ARG …]
# PM2 flattens its own settings into the environment of what it starts; `env -i` forgets them. The app's environment
# comes from a file that only its user can read, so that PM2's process never holds a secret. Both execs keep the pid.
exec /usr/bin/env -i /bin/sh -c '. "$0" && exec "$@"' "$@"
