#!/bin/sh
# Makes the secrets compose.yml names, at random, in deploy/secrets. A file that
# is there is kept. Only root may enter the directory; the files themselves are
# readable because the containers' users, who are nobody on this machine, read
# them where they are mounted.
set -eu
cd "$(dirname "$0")"

umask 077
mkdir -p secrets
chmod 700 secrets

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

keep() { # NAME VALUE
	[ -s "secrets/$1" ] || printf '%s' "$2" >"secrets/$1"
	chmod 444 "secrets/$1"
}

url() { # ROLE PASSWORD
	printf 'postgres://%s:%s@postgres:5432/hetu?sslmode=disable' "$1" "$2"
}

keep postgres_password "$(random)"
keep owner_url "$(url hetu_admin "$(cat secrets/postgres_password)")"
keep database_url "$(url hetu_app "$(random)")"
keep operator_url "$(url hetu_operator "$(random)")"
keep backup_password "$(random)"
keep minio_root_user "root$(random | cut -c1-12)"
keep minio_root_password "$(random)"
keep s3_access_key "hetu$(random | cut -c1-12)"
keep s3_secret_key "$(random | cut -c1-40)"
