// Written by cargo xtask parts --update from the file of versions; do not edit.

//go:build parts

package parts

import (
	_ "go.etcd.io/etcd/server/v3"
)
