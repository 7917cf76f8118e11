x("-----BEGIN RSA PRIVATE KEY-----", "the private key of the server", "ssh")
