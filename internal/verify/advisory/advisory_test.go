package advisory

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"fermata/internal/source"
)

// TestLocks holds what each form of lock file fixes, with the line that says so.
func TestLocks(t *testing.T) {
	for _, c := range []struct {
		file, content string
		want          []string
	}{
		{"uv.lock", "version = 1\n[[package]]\nname = \"own\"\nversion = \"0.1.0\"\nsource = { editable = \".\" }\n\n[[package]]\nname = \"Lang_Chain\"\nversion = \"0.0.310\"\nsource = { registry = \"https://pypi.org/simple\" }\n", []string{"PyPI lang-chain 0.0.310 :9"}},
		{"api/poetry.lock", "[[package]]\nname = \"requests\"\nversion = \"2.31.0\"\n", []string{"PyPI requests 2.31.0 :3"}},
		{"Pipfile.lock", "{\"default\": {\"flask\": {\"version\": \"==2.0.1\"}, \"here\": {\"path\": \".\"}}}", []string{"PyPI flask 2.0.1 :1"}},
		{"package-lock.json", "{\n\"packages\": {\n\"\": {\"name\": \"app\", \"version\": \"1.0.0\"},\n\"node_modules/a\": {\"version\": \"1.2.3\"},\n\"node_modules/a/node_modules/@s/b\": {\"version\": \"2.0.0\"},\n\"node_modules/c\": {\"name\": \"real\", \"version\": \"3.0.0\"},\n\"packages/own\": {\"version\": \"9.9.9\"},\n\"node_modules/own\": {\"resolved\": \"packages/own\", \"link\": true}}}", []string{"npm a 1.2.3 :4", "npm @s/b 2.0.0 :5", "npm real 3.0.0 :6"}},
		{"npm-shrinkwrap.json", "{\"dependencies\": {\"a\": {\"version\": \"1.0.0\", \"dependencies\": {\"b\": {\"version\": \"2.0.0\"}}}}}", []string{"npm a 1.0.0 :1", "npm b 2.0.0 :1"}},
		{"pnpm-lock.yaml", "lockfileVersion: '9.0'\npackages:\n  '@s/a@1.2.3(peer@4.0.0)':\n    resolution: {integrity: x}\n  /b@2.0.0:\n    dev: true\n  /c/3.0.0_peer@1.0.0:\n    dev: true\n", []string{"npm @s/a 1.2.3 :3", "npm b 2.0.0 :5", "npm c 3.0.0 :7"}},
		{"yarn.lock", "# yarn lockfile v1\n\n\"@s/a@^1.0.0\", \"@s/a@^1.2.0\":\n  version \"1.2.3\"\n  resolved \"x\"\n\nb@^2.0.0:\n  version \"2.0.1\"\n\n\"other@npm:c@^3\":\n  version \"3.0.0\"\n", []string{"npm @s/a 1.2.3 :4", "npm b 2.0.1 :8", "npm c 3.0.0 :11"}},
		{"web/yarn.lock", "__metadata:\n  version: 8\n\n\"a@npm:^1.0.0\":\n  version: 1.0.5\n\n\"own@workspace:.\":\n  version: 0.0.0-use.local\n", []string{"npm a 1.0.5 :5"}},
		{"bun.lock", "{ \"packages\": {\n  \"a\": [\"a@1.0.0\", \"\", {}, \"sha\"],\n  \"own\": [\"own@workspace:own\"], } }", []string{"npm a 1.0.0 :2"}},
		{"go.mod", "module example.org/x\n\ngo 1.26\n\nrequire (\n\texample.org/a v1.2.3\n\texample.org/b/v2 v2.0.0+incompatible // indirect\n\texample.org/c v0.1.0\n)\n\nreplace example.org/c => ../c\n", []string{"Go example.org/a 1.2.3 :6", "Go example.org/b/v2 2.0.0 :7"}},
		{"go.mod", "module a.b/c\n\nexclude (\n\tgolang.org/x/net v0.1.0\n)\n/*\nrequire a.b/hidden v1.0.0\n*/\nrequire a.b/d v1.0.0\nreplace a.b/d => a.b/e v0.9.0\n", []string{"Go a.b/e 0.9.0 :9"}},
		{"requirements/base.txt", "flask==2.0.1\n", []string{"PyPI flask 2.0.1 :1"}},
		{"poetry.lock", "[[package]]\nname = \"x\"\nversion = \"1.0\"\n[package.source]\ntype = \"git\"\nurl = \"https://example.org/x\"\n", nil},
		{"requirements-dev.txt", "# pins\nrequests[socks]==2.31.0 ; python_version > '3.8'\nflask>=2\nDjango == 4.2.1 --hash=sha256:00\n", []string{"PyPI requests 2.31.0 :2", "PyPI django 4.2.1 :4"}},
		{"package.json", `{"dependencies": {"a": "1.0.0"}}`, nil},
	} {
		packages, diagnostics := Locks(source.NewFile(c.file, []byte(c.content)))
		var got []string
		for _, p := range packages {
			got = append(got, fmt.Sprintf("%s %s %s :%d", p.Ecosystem, p.Name, p.Version, p.Span.File.Position(int(p.Span.Start)).Line))
		}
		if diff := cmp.Diff(c.want, got); diff != "" || len(diagnostics) > 0 {
			t.Errorf("%s: %s %v", c.file, diff, diagnostics)
		}
	}
}

const template = `{"id": %q, "modified": "2026-05-04T03:02:01Z", "aliases": [%s], "summary": %q, "database_specific": {"severity": %q, "cwe_ids": ["CWE-94"]},
 "affected": [{"package": {"ecosystem": %q, "name": %q}, "ranges": [{"type": "ECOSYSTEM", "events": [%s]}], "versions": [%s]}]}`

func zipped(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, content := range files {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// grade knows three vectors, by the names that the tests give them.
func grade(vector string) (severity, score string, ok bool) {
	severity, ok = map[string]string{"V4": "low", "V3": "critical", "V2": "high"}[vector]
	return severity, "by " + vector, ok
}

// TestSeverity holds what the severity of a record follows: the newest of its sound vectors, those of the package first, and
// its words only where it has none.
func TestSeverity(t *testing.T) {
	for name, c := range map[string]struct{ all, own, words, want string }{
		"words only":           {words: "HIGH", want: "high "},
		"nothing":              {want: " "},
		"a vector wins":        {all: `{"type": "CVSS_V3", "score": "V3"}`, words: "LOW", want: "critical by V3"},
		"the newest wins":      {all: `{"type": "CVSS_V2", "score": "V2"}, {"type": "CVSS_V3", "score": "V3"}, {"type": "CVSS_V4", "score": "V4"}`, words: "HIGH", want: "low by V4"},
		"the package's own":    {all: `{"type": "CVSS_V4", "score": "V4"}`, own: `{"type": "CVSS_V2", "score": "V2"}`, want: "high by V2"},
		"no sound vector":      {all: `{"type": "CVSS_V3", "score": "nonsense"}`, words: "MODERATE", want: "medium "},
		"another kind":         {all: `{"type": "Ubuntu", "score": "V3"}`, words: "LOW", want: "low "},
		"unsound, then sound":  {all: `{"type": "CVSS_V4", "score": "x"}, {"type": "CVSS_V3", "score": "V3"}`, want: "critical by V3"},
		"a vector and no word": {all: `{"type": "CVSS_V2", "score": "V2"}`, want: "high by V2"},
	} {
		text := fmt.Sprintf(`{"id": "A-1", "severity": [%s], "database_specific": {"severity": %q}, "affected": [{"package": {"ecosystem": "PyPI", "name": "p"}, "severity": [%s], "versions": ["1.0"]}]}`, c.all, c.words, c.own)
		known, _, err := Match(t.Context(), fstest.MapFS{"a.json": {Data: []byte(text)}}, []Package{{Ecosystem: PyPI, Name: "p", Version: "1.0"}}, grade)
		if err != nil || len(known) != 1 {
			t.Fatalf("%s: %v %v", name, known, err)
		}
		if got := known[0].Records[0].Severity + " " + known[0].Records[0].Score; got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestMatch holds the rules by which a version is affected: ranges, lists, order of versions, other registries, one flaw
// under two ids, and records that were withdrawn.
func TestMatch(t *testing.T) {
	zero := `{"introduced": "0"}, {"fixed": "1.2.10"}`
	records := map[string]string{
		"a.json":         fmt.Sprintf(template, "A-1", `"CVE-1"`, "runs code", "HIGH", PyPI, "Some_Package", zero, ""),
		"b.json":         fmt.Sprintf(template, "B-1", `"CVE-1", "A-1"`, "the same", "", PyPI, "some-package", zero, `"1.2.9"`),
		"other.json":     fmt.Sprintf(template, "O-1", "", "another registry", "LOW", NPM, "some-package", zero, ""),
		"late.json":      fmt.Sprintf(template, "L-1", "", "comes later", "LOW", PyPI, "some-package", `{"introduced": "1.3"}`, ""),
		"last.json":      fmt.Sprintf(template, "T-1", "", "to the last", "MODERATE", PyPI, "some-package", `{"introduced": "1.2.0"}, {"last_affected": "1.2.9"}`, ""),
		"listed.json":    fmt.Sprintf(template, "V-1", "", "listed", "CRITICAL", PyPI, "some-package", "", `"1.2.9"`),
		"withdrawn.json": strings.Replace(fmt.Sprintf(template, "W-1", "", "taken back", "HIGH", PyPI, "some-package", zero, ""), `"id"`, `"withdrawn": "2026-05-05T00:00:00Z", "id"`, 1),
		"broken.json":    `{"affected": [{"package": {"name": "some-package"`,
	}
	archived := fstest.MapFS{"PyPI/all.zip": {Data: zipped(t, records)}, "README": {Data: []byte("no record")}}
	loose := fstest.MapFS{}
	for name, content := range records {
		loose["x/"+name] = &fstest.MapFile{Data: []byte(content)}
	}
	packages := []Package{{Ecosystem: PyPI, Name: "some-package", Version: "1.2.9"}, {Ecosystem: PyPI, Name: "some-package", Version: "1.2.10"}, {Ecosystem: NPM, Name: "absent", Version: "1.0.0"}}
	for name, folder := range map[string]fs.FS{"archive": archived, "files": loose} {
		known, db, err := Match(t.Context(), folder, packages, grade)
		if err != nil {
			t.Fatal(err)
		}
		if len(known) != 1 || known[0].Version != "1.2.9" {
			t.Fatalf("%s: %+v", name, known)
		}
		var ids []string
		for _, r := range known[0].Records {
			ids = append(ids, r.ID+" "+r.Severity+" "+strings.Join(r.Aliases, ",")+" "+r.Fixed)
		}
		if want := []string{"V-1 critical  ", "A-1 high B-1,CVE-1 1.2.10", "T-1 medium  "}; !slices.Equal(ids, want) {
			t.Errorf("%s: %q, not %q", name, ids, want)
		}
		if db.Records != len(records)-1 || db.Failed != 1 || len(db.Broken) != 1 || !strings.Contains(db.Broken[0], "broken.json") || db.Of[PyPI] != len(records)-2 || db.Newest != "2026-05-04" {
			t.Errorf("%s: %+v", name, db)
		}
	}
	if _, _, err := Match(t.Context(), fstest.MapFS{"a.txt": {}}, packages, grade); err == nil {
		t.Error("a folder without records passes for a database")
	}
}

// TestOneRecordInSeveralFiles holds that of several files with one id the newest counts, whatever is read first.
func TestOneRecordInSeveralFiles(t *testing.T) {
	folder := fstest.MapFS{}
	for i := range 9 {
		text := strings.Replace(fmt.Sprintf(template, "A-1", "", fmt.Sprint("summary ", i), "HIGH", PyPI, "p", fmt.Sprintf(`{"introduced": "0"}, {"fixed": "2.%d"}`, i), ""), "2026-05-04", fmt.Sprintf("2026-05-%02d", 10+i), 1)
		folder[fmt.Sprintf("%d/A-1.json", i)] = &fstest.MapFile{Data: []byte(text)}
	}
	for range 50 {
		known, _, err := Match(t.Context(), folder, []Package{{Ecosystem: PyPI, Name: "p", Version: "1.0"}}, grade)
		if err != nil || len(known) != 1 || len(known[0].Records) != 1 || known[0].Records[0].Fixed != "2.8" {
			t.Fatalf("%+v %v", known, err)
		}
	}
}

// FuzzLocks holds that no lock file makes its reader fail, and that each version has its place in the file.
func FuzzLocks(f *testing.F) {
	f.Add("uv.lock", "[[package]]\nname = \"a\"\nversion = \"1\"\n")
	f.Add("package-lock.json", `{"packages": {"node_modules/a": {"version": "1.0.0"}}}`)
	f.Add("pnpm-lock.yaml", "packages:\n  '@a/b@1.0.0(c@1)': {}\n  /c/1.0.0_d: {}\n")
	f.Add("yarn.lock", "\"a@npm:b@1\", x:\n  version \"1.0\"\n@:\n  version 1\n")
	f.Add("bun.lock", `{"packages": {"a": ["@a@1.0.0"]}}`)
	f.Add("go.mod", "require a.b/c v1.0.0\n")
	f.Add("requirements.txt", "a==1\n")
	f.Add("Pipfile.lock", `{"default": {"a": {"version": "==1"}}}`)
	f.Fuzz(func(t *testing.T, name, content string) {
		packages, _ := Locks(source.NewFile(name, []byte(content)))
		for _, p := range packages {
			if p.Name == "" || p.Version == "" || p.Span.Start < 0 || int(p.Span.End) > len(content) || p.Span.Start > p.Span.End {
				t.Errorf("%+v", p)
			}
		}
	})
}

// FuzzMatch holds that no record makes the search fail.
func FuzzMatch(f *testing.F) {
	f.Add(fmt.Sprintf(template, "A-1", "", "s", "HIGH", PyPI, "p", `{"introduced": "0"}, {"fixed": "1.0rc1+x"}`, `"1!2.post3"`), "1.0.dev1")
	f.Add(fmt.Sprintf(template, "A-1", "", "s", "HIGH", NPM, "p", `{"introduced": "1.0.0-beta"}, {"last_affected": "v2"}`, ""), "1.0.0-alpha.1+b")
	f.Fuzz(func(t *testing.T, content, version string) {
		packages := []Package{{Ecosystem: PyPI, Name: "p", Version: version}, {Ecosystem: NPM, Name: "p", Version: version}, {Ecosystem: Go, Name: "p", Version: version}}
		folder := fstest.MapFS{"a.json": {Data: []byte(content)}}
		known, _, err := Match(t.Context(), folder, packages, grade)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range known {
			if len(k.Records) == 0 {
				t.Error("known without a record")
			}
		}
	})
}

// TestManyVersions holds that what a bound leaves out is said once.
func TestManyVersions(t *testing.T) {
	var content strings.Builder
	for i := range mostPackages + 5 {
		fmt.Fprintf(&content, "p%d==1.0\n", i)
	}
	packages, diagnostics := Locks(source.NewFile("requirements.txt", []byte(content.String())))
	if len(packages) != mostPackages || len(diagnostics) != 1 || diagnostics[0].Code != "cut-off" {
		t.Errorf("%d packages, %v", len(packages), diagnostics)
	}
}
