//go:build unix

package source

import (
	"net"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSpecial must not wait for the writer of a pipe.
func TestSpecial(t *testing.T) {
	dir := tree(t, map[string]string{"a.py": "x"})
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.py"), 0o644); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	entries, skips := list(t, dir, Options{})
	if diff := cmp.Diff([]string{"a.py"}, entries); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"pipe.py special: a pipe", "s special: a socket"}, skips); diff != "" {
		t.Error(diff)
	}
	root, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if _, skip := root.Read(Entry{Path: "pipe.py"}); skip == nil || skip.Reason != Special {
		t.Errorf("reading a pipe: %v", skip)
	}
	if _, err := Open(filepath.Join(dir, "pipe.py"), Options{}); err == nil {
		t.Error("a pipe was opened as a root")
	}
}
