//go:build unix

package main

import (
	"fmt"
	"os"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// nobody is the user without rights of most systems.
const nobody = 65534

// fermata-as-nobody is the program for tests of permissions, which bind everybody but the superuser.
func init() {
	programs["fermata-as-nobody"] = func() {
		if os.Geteuid() == 0 {
			for _, err := range []error{syscall.Setgroups(nil), syscall.Setgid(nobody), syscall.Setuid(nobody)} {
				if err != nil {
					fmt.Fprintln(os.Stderr, "become nobody:", err)
					os.Exit(70)
				}
			}
		}
		fermata()
	}
}

// pipe NAME makes a named pipe: whoever opens it to read waits for ever.
func pipe(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: pipe NAME")
	}
	ts.Check(syscall.Mkfifo(ts.MkAbs(args[0]), 0o644))
}
