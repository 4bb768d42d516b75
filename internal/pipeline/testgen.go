package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/verify/evidence"
	"fermata/internal/verify/testgen"
)

// TestPlan is what tests are written for one runner.
type TestPlan = testgen.Plan

// TestErrors is what tests of error messages are filed under; it is no control of the catalogue.
const TestErrors = testgen.Errors

// TestRunners are the programs that tests are written for, the default first.
func TestRunners() []string {
	var out []string
	for _, r := range testgen.Runners {
		out = append(out, string(r))
	}
	return out
}

// TestAsk says which tests are wanted.
type TestAsk struct {
	Runner     string
	Components []string // words that name elements; empty: all of the main part of the tree
	Up         string   // the path from the folder of the tests to the tree, with slashes
	Down       string   // the path from the tree to the folder of the tests
}

// Tests analyses a tree and decides which tests are written for it.
func (e *Engine) Tests(ctx context.Context, in Input, ask TestAsk) (*TestPlan, *result.Result, error) {
	s := &scan{engine: e, in: in, testable: &testgen.Found{}}
	if err := s.run(ctx); err != nil {
		return nil, nil, err
	}
	plan, err := makeTests(s.r, s.testable, ask, false)
	return plan, s.r, err
}

// TestsOfSaved says which tests a saved result would need. Without the code none can be written.
func (e *Engine) TestsOfSaved(r *result.Result, ask TestAsk) (*TestPlan, error) {
	return makeTests(r, &testgen.Found{}, ask, true)
}

// testedKinds are the kinds of elements that tests are made for.
var testedKinds = []model.Kind{model.Tool, model.Agent, model.Orchestrator}

func makeTests(r *result.Result, found *testgen.Found, ask TestAsk, noCode bool) (*TestPlan, error) {
	var ids []string
	for _, name := range ask.Components {
		el, err := component(r, name, func(k model.Kind) bool { return slices.Contains(testedKinds, k) })
		if err != nil {
			return nil, err
		}
		if !slices.Contains(testedKinds, el.Kind) {
			return nil, &InputError{Message: fmt.Sprintf("tests are made for agents and tools, and %s is a %s", el.ID, el.Kind)}
		}
		ids = append(ids, el.ID)
	}
	return testgen.Make(found, &r.System, testgen.Ask{Runner: testgen.Runner(ask.Runner), Components: ids, Up: ask.Up, Down: ask.Down, NoCode: noCode}), nil
}

// TestResults is what reports of tests say about the controls of a system.
type TestResults struct {
	Controls []model.Placement // what became of each control in each place, by control and place
	Tests    []TestResult      // in the order of the reports
}

// TestResult is one test that was run.
type TestResult struct {
	Name, Outcome, Message string
	About                  string // control@element; "" when its name says none that is known
	Why                    string // why it counts for nothing; "" when it counts
}

// tell keeps a test, unless nobody asked.
func (r *TestResults) tell(t *evidence.Test, about, why string) {
	if r == nil {
		return
	}
	if strings.Contains(t.Name, evidence.Slug(TestErrors)) {
		why = "the catalogue has no control that is just this: it is for who answers the check on error messages"
	}
	r.Tests = append(r.Tests, TestResult{Name: t.Name, Outcome: string(t.Outcome), Message: t.Message, About: about, Why: why})
}

// TestResults reads reports of tests (in.Evidence) and says what they show of a tree's controls.
func (e *Engine) TestResults(ctx context.Context, in Input) (*TestResults, *result.Result, error) {
	s := &scan{engine: e, in: in, tested: &TestResults{}}
	if err := s.run(ctx); err != nil {
		return nil, nil, err
	}
	return s.tested, s.r, nil
}

// Evidence is what tests showed, as a document of evidence.
func (r *TestResults) Evidence() ([]byte, error) {
	var entries []evidence.Entry
	for _, p := range r.Controls {
		entries = append(entries, evidence.Entry{Control: p.Control, On: p.On, State: string(p.State), Date: p.Date, By: p.Shown, Note: p.Reason})
	}
	return evidence.Write(entries)
}
