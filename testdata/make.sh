#!/bin/sh
# Makes every file of keys/ and certificates/ anew: see README.md. Needs OpenSSL 3 and ssh-keygen.
# New keys make every file in vectors/ useless: run `cargo xtask vectors` afterwards.
set -eu
cd "$(dirname "$0")"
rm -rf keys certificates
mkdir keys certificates
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat > "$work/ca.cnf" <<'END'
[ca]
default_ca = throwaway
[throwaway]
database = $ENV::WORK/index
new_certs_dir = $ENV::WORK
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
x509_extensions = sealing
[any]
commonName = optional
[sealing]
basicConstraints = critical, CA:true
END
: > "$work/index"
export WORK="$work"

# certificate KEY FROM UNTIL OUT: self-signed; only `openssl ca` takes the dates.
certificate() {
    openssl req -new -sha256 -key "$1" -subj "/CN=throw-away test certificate" -out "$work/request" -config /dev/null
    openssl ca -batch -notext -selfsign -config "$work/ca.cnf" -keyfile "$1" -in "$work/request" \
        -startdate "$2" -enddate "$3" -out "$4" 2> "$work/log" || { cat "$work/log"; exit 1; }
}

# The pairs: PKCS#1, as the controller writes them, and the same key as PKCS#8.
for name in 1024 2048 3072 4096 other-2048 other-4096; do
    openssl genrsa -traditional -out "keys/$name.key.pem" "${name#other-}"
    openssl pkcs8 -topk8 -nocrypt -in "keys/$name.key.pem" -out "keys/$name.pkcs8.pem"
    certificate "keys/$name.key.pem" 20200101000000Z 21200101000000Z "certificates/sealing-$name.pem"
done
