#!/bin/sh
# Makes keys/ and certificates/ (see README.md). Needs OpenSSL 3 and ssh-keygen. A pair that is
# there is kept, because the vectors are sealed for it; the rest is made anew.
set -eu
cd "$(dirname "$0")"
mkdir -p keys certificates
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export WORK="$work"
subject="/CN=throw-away test certificate"

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

# certificate KEY FROM UNTIL OUT: self-signed. Only `openssl ca` takes two dates.
certificate() {
    [ -e "$4" ] && return
    openssl req -new -sha256 -key "$1" -subj "$subject" -out "$work/request" -config /dev/null
    openssl ca -batch -notext -selfsign -config "$work/ca.cnf" -keyfile "$1" -in "$work/request" \
        -startdate "$2" -enddate "$3" -out "$4" 2> "$work/log" || { cat "$work/log"; exit 1; }
}

# The pairs: PKCS#1, as the controller writes them, and the same key as PKCS#8.
for name in 1024 2048 3072 4096 other-2048 other-4096; do
    key=keys/$name.key.pem
    [ -e "$key" ] || openssl genrsa -traditional -out "$key" "${name#other-}"
    [ -e "keys/$name.pkcs8.pem" ] ||
        openssl pkcs8 -topk8 -nocrypt -in "$key" -out "keys/$name.pkcs8.pem"
    certificate "$key" 20200101000000Z 21200101000000Z "certificates/sealing-$name.pem"
    cp "$key" "$work/key" && chmod 600 "$work/key"
    ssh-keygen -y -f "$work/key" > "$work/key.pub"
    echo "$name $(ssh-keygen -lf "$work/key.pub" | cut -d ' ' -f 1,2)" >> "$work/fingerprints"
done
mv "$work/fingerprints" keys/fingerprints.txt

# Private keys that open nothing here: locked, in another form, or not RSA.
key=keys/2048.key.pem
openssl rsa -in $key -traditional -aes256 -passout pass:throw-away -out keys/locked.key.pem 2> /dev/null
openssl pkcs8 -topk8 -in $key -passout pass:throw-away -out keys/locked.pkcs8.pem
cp $key "$work/openssh" && chmod 600 "$work/openssh"
ssh-keygen -q -p -N "" -f "$work/openssh" > "$work/log" && cp "$work/openssh" keys/openssh.pem
openssl rsa -in $key -outform der -out keys/2048.pkcs8.der 2> /dev/null
openssl genrsa -traditional -out "$work/small" 512
openssl rsa -in "$work/small" -traditional -out keys/small-512.key.pem 2> /dev/null
openssl ecparam -name prime256v1 -genkey -noout -out keys/ec.key.pem
openssl pkcs8 -topk8 -nocrypt -in keys/ec.key.pem -out keys/ec.pkcs8.pem
openssl genpkey -algorithm ed25519 -out keys/ed25519.pkcs8.pem

# Certificates that cannot be used, and why.
certificate $key 20190305000000Z 20200305235959Z certificates/expired-2020.pem
self_signed="openssl req -new -x509 -config /dev/null -days 36500"
$self_signed -subj "$subject" -key keys/small-512.key.pem -out certificates/small-512.pem
$self_signed -subj "$subject" -key keys/ec.key.pem -out certificates/ec-p256.pem
$self_signed -subj "$subject" -key keys/ed25519.pkcs8.pem -out certificates/ed25519.pem
openssl genpkey -quiet -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out "$work/pss"
$self_signed -subj "$subject" -key "$work/pss" -out certificates/rsa-pss.pem

# Certificates that look odd and are fine.
$self_signed -subj / -key $key -out certificates/no-subject.pem
openssl req -new -key $key -subj "$subject" -config /dev/null -out certificates/request.pem
for serial in zero=0 negative=-5 long=0x0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f; do
    openssl x509 -req -days 36500 -in certificates/request.pem -signkey $key \
        -set_serial "${serial#*=}" -out "certificates/serial-${serial%%=*}.pem" 2> /dev/null
done

# One certificate in the forms that people have it in.
pem=certificates/sealing-2048.pem
openssl x509 -in $pem -outform der -out certificates/sealing-2048.der
openssl crl2pkcs7 -nocrl -certfile $pem -out certificates/sealing-2048.p7b
openssl crl2pkcs7 -nocrl -certfile $pem -outform der -out certificates/sealing-2048.p7b.der
openssl pkcs12 -export -in $pem -inkey $key -passout pass:throw-away -out certificates/sealing-2048.p12
openssl x509 -in $pem -trustout -addtrust emailProtection -out certificates/sealing-2048.trusted.pem
openssl x509 -in $pem -noout -pubkey > certificates/public-key.pem
{ printf '\377\376' && sed 's/$/\r/' $pem | iconv -t UTF-16LE; } > certificates/sealing-2048.utf16.pem
