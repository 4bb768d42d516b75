package advisory

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Bounds of a database. The whole of one registry, with what is published about malicious packages, stays far below.
const (
	mostRecords = 4_000_000
	recordBytes = 16 << 20
	allBytes    = 16 << 30 // unpacked, of all records
	mostBroken  = 10       // named one by one
)

// record is a document of the schema, as far as it is used.
type record struct {
	ID        string
	Modified  string
	Withdrawn string
	Aliases   []string
	Summary   string
	Details   string
	Affected  []affected
	Severity  []vector
	Specific  struct {
		Severity string
		CWE      []string `json:"cwe_ids"`
	} `json:"database_specific"`
}

// vector is how bad a flaw is by a published formula.
type vector struct{ Type, Score string }

type affected struct {
	Package  struct{ Ecosystem, Name string }
	Severity []vector
	Versions []string
	Ranges   []struct {
		Type   string
		Events []event
	}
}

// event is one of these three; a range is a list of them.
type event struct {
	Introduced   string
	Fixed        string
	LastAffected string `json:"last_affected"`
}

// entry is one document that can be opened.
type entry struct {
	name string
	open func() (io.ReadCloser, error)
}

// Match looks packages up in all records below a folder; grade tells what vectors come to. The error says that there is
// nothing to look in.
func Match(ctx context.Context, folder fs.FS, packages []Package, grade Grade) ([]Known, *Database, error) {
	m := &matching{grade: grade, wanted: map[string][]int{}, packages: packages, known: make([][]Record, len(packages)), db: Database{Of: map[string]int{}}}
	for i, p := range packages {
		m.wanted[p.Name] = append(m.wanted[p.Name], i)
	}
	if err := m.all(ctx, folder); err != nil {
		return nil, nil, err
	}
	if m.db.Records == 0 && m.db.Failed == 0 {
		return nil, nil, fmt.Errorf("there is no advisory in it")
	}
	var out []Known
	for i, records := range m.known {
		if records = merged(records); len(records) > 0 {
			out = append(out, Known{packages[i], records})
		}
	}
	slices.Sort(m.db.Broken)
	m.db.Broken = m.db.Broken[:min(len(m.db.Broken), mostBroken)]
	return out, &m.db, nil
}

// matching is one search. The lock guards what its workers find.
type matching struct {
	grade    Grade
	wanted   map[string][]int // name → packages
	packages []Package
	unpacked atomic.Int64 // bytes
	mu       sync.Mutex
	known    [][]Record
	db       Database
}

// all hands every document to one of the workers.
func (m *matching) all(ctx context.Context, folder fs.FS) error {
	entries := make(chan entry, 64)
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for e := range entries {
				m.read(e)
			}
		})
	}
	count := 0
	send := func(e entry) error {
		if count++; count > mostRecords {
			m.broken(e.name, fmt.Errorf("only the first %d records are read", mostRecords))
			return fs.SkipAll
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case entries <- e:
			return nil
		}
	}
	err := fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && name == ".":
			return err
		case err != nil:
			m.broken(name, err)
			return nil
		case !d.Type().IsRegular():
			return nil
		}
		switch strings.ToLower(path.Ext(name)) {
		case ".json":
			return send(entry{name, func() (io.ReadCloser, error) { return folder.Open(name) }})
		case ".zip":
			return m.archive(folder, name, send)
		}
		return nil
	})
	close(entries)
	group.Wait()
	return err
}

// archive hands out the records of an archive, and waits until they are read.
func (m *matching) archive(folder fs.FS, name string, send func(entry) error) error {
	file, err := folder.Open(name)
	if err != nil {
		m.broken(name, err)
		return nil
	}
	var pending sync.WaitGroup
	defer func() {
		pending.Wait()
		_ = file.Close() // it was only read
	}()
	at, seekable := file.(io.ReaderAt)
	info, err := file.Stat()
	if err != nil || !seekable {
		m.broken(name, fmt.Errorf("it cannot be read as an archive"))
		return nil
	}
	archive, err := zip.NewReader(at, info.Size())
	if err != nil {
		m.broken(name, err)
		return nil
	}
	for _, f := range archive.File {
		if strings.ToLower(path.Ext(f.Name)) != ".json" {
			continue
		}
		pending.Add(1)
		inner := f
		err := send(entry{name + ":" + f.Name, func() (io.ReadCloser, error) {
			r, err := inner.Open()
			if err != nil {
				pending.Done()
				return nil, err
			}
			return &counted{r, pending.Done}, nil
		}})
		if err != nil {
			pending.Done()
			return err
		}
	}
	return nil
}

// counted tells when it is closed.
type counted struct {
	io.ReadCloser
	done func()
}

func (c *counted) Close() error {
	defer c.done()
	return c.ReadCloser.Close()
}

func (m *matching) broken(name string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.db.Failed++
	m.db.Broken = append(m.db.Broken, name+": "+err.Error())
	if len(m.db.Broken) > 2*mostBroken { // the same ten remain in whatever order they come
		slices.Sort(m.db.Broken)
		m.db.Broken = m.db.Broken[:mostBroken]
	}
}

// read looks at one record. Only one that names a package of the tree is decoded.
func (m *matching) read(e entry) {
	if m.unpacked.Load() > allBytes {
		m.broken(e.name, fmt.Errorf("only the first %d gigabytes are read", allBytes>>30))
		return
	}
	content, err := contentOf(e)
	m.unpacked.Add(int64(len(content)))
	if err != nil {
		m.broken(e.name, err)
		return
	}
	if !json.Valid(content) {
		m.broken(e.name, fmt.Errorf("it is no JSON document"))
		return
	}
	names, ecosystems := mentions(content, m.wanted)
	var r record
	if names {
		if err := json.Unmarshal(content, &r); err != nil {
			m.broken(e.name, err)
			return
		}
	}
	var hits []hit
	for i := range r.Affected {
		if r.Withdrawn == "" {
			hits = m.hits(&r, &r.Affected[i], hits)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.db.Records++
	for _, name := range ecosystems {
		m.db.Of[name]++
	}
	if day, _, _ := strings.Cut(r.Modified, "T"); len(day) == len(time.DateOnly) && day > "1990" && day > m.db.Newest {
		m.db.Newest = day
	}
	for _, h := range hits {
		m.known[h.at] = append(m.known[h.at], h.record)
	}
}

// hit is a record about the package at a place of the list.
type hit struct {
	at     int
	record Record
}

// hits adds the packages that a part of a record affects.
func (m *matching) hits(r *record, a *affected, out []hit) []hit {
	name := a.Package.Name
	if a.Package.Ecosystem == PyPI {
		name = folded(name)
	}
	for _, at := range m.wanted[name] {
		p := &m.packages[at]
		if p.Ecosystem != a.Package.Ecosystem {
			continue
		}
		if fixed, ok := a.covers(p); ok {
			out = append(out, hit{at, r.of(a, fixed, m.grade)})
		}
	}
	return out
}

func contentOf(e entry) ([]byte, error) {
	r, err := e.open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }() // it was only read
	content, err := io.ReadAll(io.LimitReader(r, recordBytes+1))
	if err == nil && len(content) > recordBytes {
		err = fmt.Errorf("it has more than %d megabytes", recordBytes>>20)
	}
	return content, err
}

// mentions tells whether a record may name one of the packages, and which registries it speaks of, without decoding it.
func mentions(content []byte, wanted map[string][]int) (named bool, ecosystems []string) {
	for _, name := range texts(content, `"name"`) {
		if len(wanted[name]) > 0 || len(wanted[folded(name)]) > 0 {
			named = true
			break
		}
	}
	for _, name := range texts(content, `"ecosystem"`) {
		if !slices.Contains(ecosystems, name) {
			ecosystems = append(ecosystems, name)
		}
	}
	return named, ecosystems
}

// texts are the strings that follow a key. An escaped one may be cut short; names of packages hold none.
func texts(content []byte, key string) []string {
	var out []string
	for {
		_, rest, ok := bytes.Cut(content, []byte(key))
		if !ok {
			return out
		}
		content = rest
		rest = bytes.TrimLeft(rest, " \t\r\n:")
		if len(rest) == 0 || rest[0] != '"' {
			continue
		}
		if text, _, ok := bytes.Cut(rest[1:], []byte(`"`)); ok && len(text) < 300 {
			out = append(out, string(text))
		}
	}
}

// words of the databases for how bad it is.
var severities = map[string]string{"CRITICAL": "critical", "HIGH": "high", "MODERATE": "medium", "MEDIUM": "medium", "LOW": "low"}

// rank orders severities; one that is not given comes after medium.
var rank = map[string]int{"critical": 4, "high": 3, "medium": 2, "": 1, "low": 0}

// vectorTypes are the kinds of vectors, the one that counts first where a record has several.
var vectorTypes = []string{"CVSS_V4", "CVSS_V3", "CVSS_V2"}

// graded is the severity of a record by its vectors: those of the package before those of all.
func (r *record) graded(a *affected, grade Grade) (severity, score string) {
	for _, list := range [][]vector{a.Severity, r.Severity} {
		for _, kind := range vectorTypes {
			for _, v := range list {
				if v.Type == kind {
					if severity, score, ok := grade(v.Score); ok {
						return severity, score
					}
				}
			}
		}
	}
	return "", ""
}

// of is what is told of a record.
func (r *record) of(a *affected, fixed string, grade Grade) Record {
	out := Record{ID: r.ID, Aliases: slices.Sorted(slices.Values(r.Aliases)), Summary: r.Summary, modified: r.Modified, Fixed: fixed}
	if out.Severity, out.Score = r.graded(a, grade); out.Severity == "" {
		out.Severity = severities[strings.ToUpper(r.Specific.Severity)]
	}
	if out.Summary == "" {
		out.Summary, _, _ = strings.Cut(strings.TrimSpace(r.Details), "\n")
	}
	if strings.HasPrefix(r.ID, "MAL-") {
		out.Severity = "critical" // the package itself is the attack
	}
	for _, id := range r.Specific.CWE {
		if strings.HasPrefix(id, "CWE-") {
			out.CWE = append(out.CWE, id)
		}
	}
	slices.Sort(out.CWE)
	out.CWE = slices.Compact(out.CWE)
	return out
}

// merged puts records of the same flaw into one, worst first. Several databases publish the same flaw under ids of their
// own and name the others.
func merged(records []Record) []Record {
	// One record may stand in several files, of several days: the newest counts, in whatever order they were read.
	slices.SortFunc(records, func(a, b Record) int {
		return cmp.Or(strings.Compare(a.ID, b.ID), strings.Compare(b.modified, a.modified), strings.Compare(a.Fixed, b.Fixed), strings.Compare(a.Summary, b.Summary),
			rank[b.Severity]-rank[a.Severity], strings.Compare(b.Score, a.Score), slices.Compare(a.CWE, b.CWE), slices.Compare(a.Aliases, b.Aliases))
	})
	records = slices.CompactFunc(records, func(a, b Record) bool { return a.ID == b.ID })
	slices.SortStableFunc(records, func(a, b Record) int { return rank[b.Severity] - rank[a.Severity] })
	var out []Record
	for _, r := range records {
		ids := append([]string{r.ID}, r.Aliases...)
		at := slices.IndexFunc(out, func(o Record) bool {
			return slices.ContainsFunc(ids, func(id string) bool { return id == o.ID || slices.Contains(o.Aliases, id) })
		})
		if at < 0 {
			out = append(out, r)
			continue
		}
		o := &out[at]
		for _, id := range ids {
			if id != o.ID && !slices.Contains(o.Aliases, id) {
				o.Aliases = append(o.Aliases, id)
			}
		}
		slices.Sort(o.Aliases)
		for _, id := range r.CWE {
			if !slices.Contains(o.CWE, id) {
				o.CWE = append(o.CWE, id)
			}
		}
		slices.Sort(o.CWE)
		if o.Fixed == "" {
			o.Fixed = r.Fixed
		}
		if o.Score == "" && r.Severity == o.Severity {
			o.Score = r.Score
		}
	}
	return out
}
