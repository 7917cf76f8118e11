// Written by cargo xtask parts --update from the file of versions; do not edit.

//go:build parts

package parts

import (
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kubectl"
)
