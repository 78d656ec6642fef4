#!/bin/sh
# What PM2 runs for an app:  launch.sh ENVIRONMENT-FILE COMMAND [ARG …]
# PM2 flattens its own settings into the environment of what it starts; `env -i` forgets them. The app's environment
# comes from a file that only its user can read, so that PM2's process never holds a secret. Every exec keeps the pid.
# Of an app that runs several times PM2 counts variables up (NODE_APP_INSTANCE, `increment_var`): DEVPM_COUNTED names
# them, and they override the file.
file=$1
shift
for name in $DEVPM_COUNTED; do
  eval "set -- \"$name=\${$name-}\" \"\$@\""
done
[ -z "$DEVPM_COUNTED" ] || set -- /usr/bin/env "$@"
exec /usr/bin/env -i /bin/sh -c '. "$0" && exec "$@"' "$file" "$@"
