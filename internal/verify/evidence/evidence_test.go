package evidence

import (
	"strings"
	"testing"

	"fermata/internal/source"
)

func TestJUnitOutcomes(t *testing.T) {
	doc, diagnostics := Read(source.NewFile("a.xml", []byte(`<testsuites timestamp="2026-11-01T00:00:00">
<testsuite name="s"><testcase name="a" classname="c"/>
<testcase name="b"><failure>first
second</failure><error message="late"/></testcase>
<testcase name="c"><error message="no module"/></testcase>
<testcase name="d"><skipped/></testcase>
<testcase name="e"><properties><property name="fermata" value="timeout@x"/></properties></testcase>
</testsuite></testsuites>`)))
	if len(diagnostics) > 0 {
		t.Fatal(diagnostics)
	}
	want := []struct {
		outcome        Outcome
		message, about string
	}{{Passed, "", ""}, {Failed, "first", ""}, {Broken, "no module", ""}, {Skipped, "", ""}, {Passed, "", "timeout@x"}}
	if len(doc.Tests) != len(want) {
		t.Fatalf("%d tests, want %d", len(doc.Tests), len(want))
	}
	for i, w := range want {
		got := doc.Tests[i]
		if got.Outcome != w.outcome || got.Message != w.message || got.About != w.about || got.Date != "2026-11-01" {
			t.Errorf("test %d is %+v, want %+v", i, got, w)
		}
	}
	if line := doc.Tests[1].Span.File.Position(int(doc.Tests[1].Span.Start)).Line; line != 3 {
		t.Errorf("the failed test stands in line %d, want 3", line)
	}
}

func TestGoTestPanicShowsNothing(t *testing.T) {
	doc, _ := Read(source.NewFile("a.json", []byte(`{"Action":"output","Package":"p","Test":"TestA","Output":"panic: nil map\n"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Time":"2026-11-02T00:00:00Z","Action":"fail","Package":"p","Test":"TestB"}
`)))
	if len(doc.Tests) != 2 || doc.Tests[0].Outcome != Broken || doc.Tests[1].Outcome != Failed || doc.Tests[1].Date != "2026-11-02" {
		t.Errorf("got %+v", doc.Tests)
	}
}

func TestNames(t *testing.T) {
	names := NewNames([]string{"timeout", "iteration-limit"}, []string{"a/tools.py:get", "a/tools.py:_get", "b.go:T.Run"})
	for name, want := range map[string]string{
		"test_l3_timeout__b_go_T_Run__hangs":        "timeout b.go:T.Run",
		"TestL3_iteration_limit__b_go_T_Run":        "iteration-limit b.go:T.Run",
		"test_l3_timeout__a_tools_py_get":           "timeout a/tools.py:_get|a/tools.py:get",
		"test_l3_timeout__gone[1]":                  "timeout gone",
		"L3 stops in time [timeout@a/tools.py:get]": "timeout a/tools.py:get",
		"sends mail [bob@example.com]":              "",
		"test_l3_cache__x":                          "",
	} {
		control, elements, ok := names.About(&Test{Name: name})
		got := ""
		if ok {
			got = control + " " + strings.Join(elements, "|")
		}
		if got != want {
			t.Errorf("%s is about %q, want %q", name, got, want)
		}
	}
	if got := TestName("L3", "iteration-limit", "b.go:T.Run", "ends"); got != "l3_iteration_limit__b_go_T_Run__ends" {
		t.Error(got)
	}
}

func TestSARIFLeavesOutWhatIsNoWeakness(t *testing.T) {
	result := func(more string) string {
		return `{"ruleId":"R","message":{"text":"m"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"src/a%20b.py","uriBaseId":"R"},"region":{"startLine":3}}}]` + more + `}`
	}
	doc, diagnostics := Read(source.NewFile("a.sarif", []byte(`{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"T","rules":[{"id":"R","properties":{"security-severity":"9.1"}}]}},
"originalUriBaseIds":{"R":{"uri":"file:///w/"}},"results":[`+result("")+`,`+result(`,"kind":"pass"`)+`,`+result(`,"suppressions":[{"kind":"inSource"}]`)+`,{"ruleId":"R"}]}]}`)))
	if len(diagnostics) > 0 || len(doc.Weaknesses) != 1 || doc.Dropped != 3 {
		t.Fatalf("%v %+v", diagnostics, doc)
	}
	if w := doc.Weaknesses[0]; w.Path != "/w/src/a b.py" || w.Line != 3 || w.Severity != "critical" || w.Tool != "t" {
		t.Errorf("got %+v", w)
	}
}

func TestWriteIsRead(t *testing.T) {
	content, err := Write([]Entry{{Control: "timeout", On: "b", State: "tested", Date: "2026-11-01", By: "TestX"}, {Control: "sandbox", On: "a", State: "refuted", Date: "2026-11-01"}})
	if err != nil {
		t.Fatal(err)
	}
	doc, diagnostics := Read(source.NewFile("e.json", content))
	if len(diagnostics) > 0 || len(doc.Claims) != 2 || doc.Claims[0].Control != "sandbox" || doc.Claims[1].By != "TestX" {
		t.Errorf("%v %+v", diagnostics, doc)
	}
}

// FuzzRead holds that no bytes make the reader fail, and that what it gives lies inside the file.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"<testsuite><testcase name='a'><failure/></testcase></testsuite>", `{"Action":"pass","Package":"p","Test":"T"}`,
		`{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"t"}},"results":[{"ruleIndex":9,"locations":[{}]}]}]}`,
		`{"schema":"fermata/evidence/v1","evidence":[{"control":"a","on":"b","state":"tested"}]}`, "", "<", "{", "\xef\xbb\xbf<a/>",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		doc, diagnostics := Read(source.NewFile("x", content))
		for _, d := range diagnostics {
			if d.Message == "" {
				t.Error("a diagnostic says nothing")
			}
		}
		for _, w := range doc.Weaknesses {
			if w.Tool == "" || w.Rule == "" || w.Path == "" || w.Line < 1 || int(w.Span.End) > len(content) {
				t.Errorf("a weakness lacks a part: %+v", w)
			}
		}
		for _, c := range doc.Tests {
			if int(c.Span.Start) > len(content) {
				t.Errorf("a test stands outside of the file: %+v", c)
			}
		}
	})
}
