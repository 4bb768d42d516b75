package dotenv

import "testing"

func FuzzVariable(f *testing.F) {
	f.Add("export A_KEY='x' # y")
	f.Add("\ufeff A = \"")
	f.Fuzz(func(t *testing.T, line string) {
		name, _, start := variable(line)
		if name != "" && line[start:start+len(name)] != name {
			t.Errorf("%q: the name %q is not at %d", line, name, start)
		}
	})
}
