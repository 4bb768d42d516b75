package codecheck

import (
	"fmt"
	"strings"
	"testing"

	"fermata/internal/code"
	"fermata/internal/source"
)

// TestStartsOfMany holds that what servers load is found once for a tree however often it is said, that no more of it is
// looked for than a bound, and that nothing is claimed where a bound is met or a file cannot be read.
func TestStartsOfMany(t *testing.T) {
	many := func(n int) string {
		var b strings.Builder
		for i := range 10000 {
			fmt.Fprintf(&b, "web: gunicorn m%d:app\n", i%n)
		}
		return b.String()
	}
	for _, test := range []struct {
		name, procfile, other string
		open                  bool
		homes                 int
	}{
		{"one, said often", many(1), "", false, 1},
		{"as many as are looked for", many(mostServed), "", false, mostServed},
		{"more than are looked for", many(mostServed + 1), "", true, 0},
		{"a file that is too large", many(1), strings.Repeat("#", mostBytes+1), true, 1},
		{"what is started is chosen elsewhere", many(1), "python $WHAT\n", true, 1},
	} {
		files := map[string]*source.File{
			"Procfile": source.NewFile("Procfile", []byte(test.procfile)),
			"other.sh": source.NewFile("other.sh", []byte(test.other)),
		}
		var modules []string
		for i := range 300 {
			p := fmt.Sprintf("m%d.py", i)
			modules = append(modules, p)
			files[p] = source.NewFile(p, []byte("app = 1\n"))
		}
		read := func(p string) *source.File { return files[p] }
		s := &starts{}
		s.look(&Input{Program: code.New(modules, read), Paths: append([]string{"Procfile"}, append(modules, "other.sh")...), Read: read})
		if s.open != test.open || len(s.homes) != test.homes {
			t.Errorf("%s: open %v with %d homes, want %v with %d", test.name, s.open, len(s.homes), test.open, test.homes)
		}
	}
}
