package keys

// rseal:allow private-key made for this test
const key = `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIMmTs3m8DIW3+g701xg9bo0eNE6bTET1GrEjabOkMxhaoAoGCCqGSM49
AwEHoUQDQgAEs2NNsMDgEben6nKT9YOMTwJtTU9vQQ3MWIM1H68pY1HnbcuoVVnh
td7SeTCpkOiR3qoDqy1YPnV43hwlPan6hg==
-----END EC PRIVATE KEY-----`
