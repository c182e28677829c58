#!/bin/sh
# Makes the secrets that compose.yaml mounts, each once; what is there is kept. Run it as root, in this folder.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
make() { [ -s "secrets/$1" ] || printf '%s' "$2" >"secrets/$1"; }

make postgresql_password "$(random)"
make valkey_password "$(random)"
make metrics_token "$(random)"
make database_url "postgresql://suixing:$(cat secrets/postgresql_password)@postgresql:5432/suixing"
make redis_url "redis://:$(cat secrets/valkey_password)@valkey:6379/0"
make valkey_conf "requirepass $(cat secrets/valkey_password)"
if [ ! -s secrets/sms_access_key_secret ]; then
    echo "Put the SMS account's secret into secrets/sms_access_key_secret." >&2
fi
# Compose mounts each file as it is, for a container's own user to read; on this machine, nobody else may enter the folder.
chmod 0700 secrets
find secrets -type f -exec chmod 0444 {} +
