#!/bin/sh
# Dumps the database and copies the witness of the access log, again and again; a dump that failed leaves no file behind.
set -eu
PGPASSWORD="$(cat "$PASSWORD_FILE")"
export PGPASSWORD

back_up() {
    name="suixing-$(date -u +%Y%m%dT%H%M%SZ)"
    # The witness first: it then has no head that the dump lacks, and verifying the restored log has nothing to explain.
    if [ -f /worker/audit-heads.jsonl ]; then
        cp /worker/audit-heads.jsonl "/backups/$name.witness.unfinished"
        mv "/backups/$name.witness.unfinished" "/backups/$name.audit-heads.jsonl"
    fi
    pg_dump --format=custom --compress=zstd:3 --no-owner --file="/backups/$name.unfinished"
    pg_restore --list "/backups/$name.unfinished" >/dev/null
    sync "/backups/$name.unfinished"
    mv "/backups/$name.unfinished" "/backups/$name.dump"
    echo "backed up: $name.dump, $(wc -c <"/backups/$name.dump") bytes"
}

stop() { exit 0; }
trap stop TERM INT

umask 077
while true; do
    rm -f /backups/*.unfinished
    back_up || echo "the backup failed" >&2
    find /backups -name 'suixing-*' -mtime "+$KEEP_DAYS" -delete
    sleep "$EVERY_SECONDS" &
    wait $!
done
