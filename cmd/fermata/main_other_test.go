//go:build !unix

package main

import "github.com/rogpeppe/go-internal/testscript"

// pipe has no counterpart here; scripts that use it say [unix].
func pipe(ts *testscript.TestScript, _ bool, _ []string) { ts.Fatalf("there are no named pipes here") }
