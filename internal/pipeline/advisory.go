package pipeline

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/score"
	"fermata/internal/source"
	"fermata/internal/verify/advisory"
	"fermata/internal/verify/evidence"
)

// osvSort is the sort of evidence that a database of advisories is, and the tool that its findings name.
const osvSort = "osv"

// scopeAt is the scope of a file's folder where the file is one of versions: it is generated, and speaks of what the
// project beside it runs.
func scopeAt(file string) string {
	if advisory.IsLock(file) {
		return source.Scope(path.Join(path.Dir(file), "-"))
	}
	return source.Scope(file)
}

// compared tells whether the versions that a file fixes are compared with advisories: not those of other people's trees.
func compared(file string) bool {
	return advisory.IsLock(file) && scopeAt(file) != source.ScopeVendored
}

// advise compares the versions that lock files fix with the user's database of advisories. What is affected becomes a
// condition at its line, and a package that agents are made with tells so of what it delivers.
func (s *scan) advise(ctx context.Context, o *discover.Outcome) error {
	if s.in.Advisories == "" {
		return nil
	}
	folder, err := os.OpenRoot(s.in.Advisories)
	if err != nil {
		return &InputError{Message: s.in.Advisories + " is no folder of advisories that can be opened; give the one that holds the records (.json) or archives (.zip) of a database in the OSV schema"}
	}
	defer func() { _ = folder.Close() }() // it was only read
	var packages []advisory.Package
	files := 0
	for _, name := range o.Paths {
		if !compared(name) {
			continue
		}
		file := o.Read(name)
		if file == nil {
			s.failed++
			s.troubles = append(s.troubles, source.Diagnostic{Severity: source.Error, Code: "not-read", Path: name, Message: "it could not be read, so its versions were not compared with advisories"})
			continue
		}
		found, diagnostics := advisory.Locks(file)
		s.troubles = append(s.troubles, diagnostics...)
		if len(found) > 0 {
			files++
		}
		packages = append(packages, found...)
	}
	known, db, err := advisory.Match(ctx, folder.FS(), packages, published)
	if err != nil {
		return &InputError{Message: s.in.Advisories + " has no advisories: " + err.Error() + "; give the folder that holds the records (.json) or archives (.zip) of a database in the OSV schema"}
	}
	s.sayAdvised(packages, files, db)
	in := &ingested{Document: &evidence.Document{Sort: osvSort}, name: s.in.Advisories, ledger: result.Ingested{
		File: filepath.Base(filepath.Clean(s.in.Advisories)), Sort: osvSort, Read: db.Records,
	}}
	for i := range known {
		in.Weaknesses = append(in.Weaknesses, weakness(&known[i]))
		s.flawed(o, &known[i])
	}
	s.ingested = append(s.ingested, in)
	return nil
}

// sayAdvised puts into the result what was compared with what, and what could not be.
func (s *scan) sayAdvised(packages []advisory.Package, files int, db *advisory.Database) {
	say := func(severity source.Severity, code, message, hint string) {
		s.troubles = append(s.troubles, source.Diagnostic{Severity: severity, Code: code, Message: message, Hint: hint, Path: filepath.Base(filepath.Clean(s.in.Advisories))})
	}
	if len(packages) == 0 {
		say(source.Warning, "nothing-compared", "no lock file or manifest of the tree fixes a version, so nothing could be compared with advisories", "")
		return
	}
	message := fmt.Sprintf("%s of %s compared with %s", plural(len(packages), "package", "packages"), plural(files, "file", "files"), plural(db.Records, "advisory", "advisories"))
	if db.Newest != "" {
		message += ", the newest that names one of them of " + db.Newest
	}
	say(source.Note, "advisories-compared", message, "")
	for _, ecosystem := range []string{advisory.Go, advisory.PyPI, advisory.NPM} {
		count := 0
		for _, p := range packages {
			if p.Ecosystem == ecosystem {
				count++
			}
		}
		if count > 0 && db.Of[ecosystem] == 0 {
			say(source.Warning, "no-advisories", fmt.Sprintf("it has no advisory about %s, so %s not compared with any", ecosystem, plural(count, "package was", "packages were")), "")
		}
	}
	if db.Failed > 0 {
		s.failed++
		say(source.Error, "advisory-unread", fmt.Sprintf("%s could not be read: %s", plural(db.Failed, "record or archive", "records and archives"), strings.Join(db.Broken, "; ")), "what they say is missing from the answer")
	}
}

// published is what a vector of an advisory comes to.
func published(vector string) (severity, scored string, ok bool) {
	tenths, severity, ok := score.Published(vector)
	version, _, named := strings.Cut(vector, "/")
	if !named || !strings.HasPrefix(version, "CVSS:") {
		version = "CVSS:2.0"
	}
	return severity, fmt.Sprintf("%d.%d by %s", tenths/10, tenths%10, version), ok
}

// supplied is where every known flaw of a package stands in the frameworks: what somebody else delivered, and is used with the
// flaw. What kind of flaw it is, its CWE ids say.
var supplied = map[string][]string{
	"maestro": {"L7"}, "owasp-asi": {"TM11-T17", "MAS-T20"}, "owasp-agentic": {"ASI04"}, "owasp-llm": {"LLM03:2025", "LLM04:2026"},
	"owasp-mcp": {"MCP04:2025"}, "atlas": {"AML.T0010.001"}, "cwe": {"CWE-1395"}, "nist-ai-rmf": {"GOVERN 6.1", "MANAGE 3.1"}, "iso42001": {"A.10.3"},
}

// knownFlaw puts what an advisory tells of a package into the frameworks and their layers.
func knownFlaw(cwe []string) map[string][]string {
	out := maps.Clone(supplied)
	for _, id := range cwe {
		if !slices.Contains(out["cwe"], id) {
			out["cwe"] = append(slices.Clone(out["cwe"]), id)
		}
	}
	slices.Sort(out["cwe"])
	return out
}

// weakness tells of a package as a scanner would.
func weakness(k *advisory.Known) evidence.Weakness {
	worst := &k.Records[0]
	at := k.Span.Start
	w := evidence.Weakness{
		Tool: osvSort, Rule: worst.ID, Title: k.Name + " " + k.Version + " has a known flaw", Severity: worst.Severity,
		Path: k.Span.File.Path(), Line: k.Span.File.Position(int(at)).Line,
	}
	var parts []string
	const most = 4
	for i := range k.Records {
		r := &k.Records[i]
		for _, id := range r.CWE {
			if !slices.Contains(w.CWE, id) {
				w.CWE = append(w.CWE, id)
			}
		}
		if i >= most {
			continue
		}
		text := r.ID
		if cve := slices.IndexFunc(r.Aliases, func(id string) bool { return strings.HasPrefix(id, "CVE-") }); cve >= 0 {
			text += " (" + r.Aliases[cve] + ")"
		}
		if r.Summary != "" {
			text += ": " + strings.TrimSuffix(r.Summary, ".")
		}
		switch {
		case r.Fixed != "":
			text += "; mended in " + r.Fixed
		default:
			text += "; no version that mends it is named"
		}
		switch {
		case r.Score != "":
			text += "; " + r.Score
		case r.Severity == "":
			text += "; how bad it is, is not said"
		}
		parts = append(parts, text)
	}
	if more := len(k.Records) - most; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	slices.Sort(w.CWE)
	w.Message = strings.Join(parts, ". ")
	if w.Severity == "" {
		w.Severity = "medium"
	}
	return w
}

// runsCode are the weaknesses by which input becomes code: injection of code, of commands, of templates; unsafe loading.
var runsCode = []string{"CWE-74", "CWE-77", "CWE-78", "CWE-94", "CWE-95", "CWE-96", "CWE-502", "CWE-913", "CWE-915", "CWE-917", "CWE-1336"}

// registries are the technologies by which discovery names the registries of packages.
var registries = map[string]string{advisory.PyPI: "pypi", advisory.NPM: "npm", advisory.Go: "go-modules"}

// flawed says of a package that agents are made with that the version in use has a flaw by which input becomes code. A
// lock file speaks for the manifests of its folder and below.
func (s *scan) flawed(o *discover.Outcome, k *advisory.Known) {
	at := slices.IndexFunc(k.Records, func(r advisory.Record) bool {
		return slices.ContainsFunc(r.CWE, func(id string) bool { return slices.Contains(runsCode, id) })
	})
	if at < 0 {
		return
	}
	dir := path.Dir(k.Span.File.Path())
	because := model.Fact{
		Value: model.Yes, Origin: model.Observed, Reason: fmt.Sprintf("%s is published about version %s", k.Records[at].ID, k.Version),
		Evidence: []model.Evidence{model.EvidenceAt(k.Span)},
	}
	for _, e := range o.System.Elements {
		if e.Kind != model.External || e.Name != "package "+k.Name || !strings.EqualFold(e.Technology, registries[k.Ecosystem]) || len(e.Evidence) == 0 {
			continue
		}
		if manifest := path.Dir(e.Evidence[0].File); dir != "." && manifest != dir && !strings.HasPrefix(manifest, dir+"/") {
			continue
		}
		for _, f := range o.System.Flows {
			if f.Kind != model.Supply || f.From != e.ID || f.Facts["known-vulnerable"].Value == model.Yes {
				continue
			}
			if f.Facts == nil {
				f.Facts = map[string]model.Fact{}
			}
			f.Facts["known-vulnerable"] = because
		}
	}
}
