#!/bin/sh
# What PM2 runs for a task:  task.sh ENVIRONMENT-FILE STATUS-FILE COMMAND [ARG …]
# As launch.sh, and it records how the command ended: PM2 counts one that a signal ended as one that returned 0.
# The status is in $1 and not in a variable, which could be one of the command's own.
unset NODE_CHANNEL_FD NODE_CHANNEL_SERIALIZATION_MODE
. "$1" || exit
(shift 2; exec "$@")
set -- "$?" "$2"
echo "$1" >"$2"
exit "$1"
