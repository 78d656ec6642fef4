#!/bin/sh
# What PM2 runs for an app:  launch.sh ENVIRONMENT-FILE COMMAND [ARG …]
# The app's environment comes from a file that only its user can read, so that PM2's process never holds a secret. What it adds
# to is the mark alone (patch-environment.ts), and Node's own channel, which is forgotten here. No variable of this shell's own:
# each could be one of the app's. The program takes this shell's place, with its pid.
unset NODE_CHANNEL_FD NODE_CHANNEL_SERIALIZATION_MODE
. "$1" && shift && exec "$@"
