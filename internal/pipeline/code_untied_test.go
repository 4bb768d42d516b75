package pipeline

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestUntied holds that files which nothing ties to what was found are looked at while they are few, and counted once they
// are many; what an agent's file imports, and what stands beside it, is looked at in any case.
func TestUntied(t *testing.T) {
	const weak = "import requests\n\ndef get(host):\n    return requests.get(host, verify=False)\n"
	for _, test := range []struct {
		plain int
		want  []string
		apart int
	}{
		{mostUntied - 1, []string{"app/beside.py", "far/weak.py", "lib/helper.py"}, 0},
		{mostUntied + 1, []string{"app/beside.py", "lib/helper.py"}, mostUntied + 2},
	} {
		dir := t.TempDir()
		write := func(name, text string) {
			path := filepath.Join(dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		write("app/clerk.py", "from agents import Agent\nfrom lib.helper import get\n\nclerk = Agent(name=\"clerk\", instructions=\"x\")\n")
		write("app/beside.py", weak)
		write("lib/helper.py", weak)
		write("far/weak.py", weak)
		for i := range test.plain {
			write(fmt.Sprintf("far/f%d.py", i), "x = 1\n")
		}
		s := &scan{engine: shipped(t), in: Input{Path: dir, Questions: -1}}
		if err := s.run(context.Background()); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range s.r.Findings {
			if f.Rule == "certificate-not-checked" {
				got = append(got, f.Evidence[0].File)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, test.want) || s.r.Coverage.Code.Untied != test.apart {
			t.Errorf("with %d others: found in %q, %d not looked at; want %q, %d", test.plain, got, s.r.Coverage.Code.Untied, test.want, test.apart)
		}
	}
}
