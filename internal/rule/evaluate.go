package rule

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/interpreter"

	"fermata/internal/model"
	"fermata/internal/result"
)

// EvaluateOptions say how a set is asked.
type EvaluateOptions struct {
	Workers int           // how many rules are asked at once; 0: one per processor
	Old     *model.System // the older system that on: change compares with; nil: change rules are not asked
	// MaxVisits bounds what one rule visits, with all its binds: a join that multiplies hubs would otherwise never end.
	// 0 is eight million, which takes a few seconds.
	MaxVisits int
	// EveryPlace lists a control that stands nowhere in every place where it would count for a finding, whatever kind
	// that is, and not only in the best. It is asked for when placements are tried.
	EveryPlace bool
	// Subjects are the places in code and configuration that rules about code visit; without any they are not asked.
	Subjects []*result.Subject
	// Looks keeps, for each rule about code, which places it looked at and said nothing of.
	Looks bool
}

// Outcome is what the rules had to say about a system.
type Outcome struct {
	Findings  []result.Finding // by id, without status, and without severity but for conditions
	Questions []Question       // by id
	Failed    []Failure        // by rule
	Stats     []Stat           // by rule
	Looks     map[string]*Look `json:"-"` // by rule about code, those that failed left out; nil unless asked for
}

// Look is what a rule about code looked at without finding anything.
type Look struct {
	Passed []*result.Subject // it does not hold there
	Open   []*result.Subject // what it asks is not known there
}

// Question is an open fact with how much hangs on it.
type Question struct {
	result.Question     // Weight and Change are not filled here
	Hangs           int // how many findings wait for it
}

// Failure is a rule that could not be asked to the end. What it had found until then is kept.
type Failure struct {
	Rule   string
	Reason string
}

// Stat says what asking one rule took.
type Stat struct {
	Rule      string
	Visited   int // elements, flows, pairs, cycles or changes
	Asked     int // expressions evaluated
	Findings  int
	Undecided int // visits that wait for a question
}

const maxVisits = 8 << 20

// Evaluate asks every rule of the set about the system. It fails only when the context ends.
func Evaluate(ctx context.Context, set *Set, system *model.System, options EvaluateOptions) (*Outcome, error) {
	workers := options.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	if options.MaxVisits <= 0 {
		options.MaxVisits = maxVisits
	}
	var x, old, sure *index // sure is without hunches: see hunch.go
	var slots map[int]bool
	prepare := []func(){
		func() {
			x = newIndex(system, 0)
			x.addSubjects(options.Subjects)
		},
		func() {
			var doubtful *model.System
			if doubtful, slots = doubted(system); doubtful != nil {
				sure = newIndex(doubtful, 0)
				sure.addSubjects(options.Subjects)
			}
		},
		func() {
			if options.Old != nil {
				old = newIndex(options.Old, oldNumbers)
			}
		},
	}
	inParallel(len(prepare), workers, func(i int) { prepare[i]() })
	if old != nil {
		old.pairWith(x)
	}
	asked := make([]*matcher, len(set.Rules))
	inParallel(len(set.Rules), workers, func(i int) {
		if r := set.Rules[i]; ctx.Err() == nil && x.concerns(r, old) {
			ask := func(x *index) *matcher {
				m := &matcher{ctx: ctx, rule: r, x: x, old: old, limit: options.MaxVisits, everyPlace: options.EveryPlace, waiting: map[int64]int{}}
				if options.Looks && r.Code() {
					m.look = &Look{}
				}
				m.run(set.compiler)
				return m
			}
			m := ask(x)
			if sure != nil && r.On != OnChange && m.failure == nil && r.asksFor(slots) {
				again := ask(sure)
				compare(m.findings, again.findings)
				m.waiting, m.failure = again.waiting, again.failure
			}
			m.stat.Findings = len(m.findings)
			m.findings = inOrder(m.findings)
			asked[i] = m
		}
	})
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("ask rules: %w", err)
	}
	outcome := &Outcome{}
	found := 0
	merged := newQuestions(x)
	if options.Looks {
		outcome.Looks = map[string]*Look{}
	}
	for i, r := range set.Rules {
		m := asked[i]
		if options.Looks && r.Code() && (m == nil || m.failure == nil) {
			outcome.Looks[r.ID] = &Look{}
			if m != nil {
				outcome.Looks[r.ID] = m.look
			}
		}
		if m == nil {
			outcome.Stats = append(outcome.Stats, Stat{Rule: r.ID})
			continue
		}
		found += len(m.findings)
		outcome.Stats = append(outcome.Stats, m.stat)
		if m.failure != nil {
			outcome.Failed = append(outcome.Failed, Failure{r.ID, m.failure.Error()})
		}
		merged.add(r.ID, m.waiting)
	}
	inParallel(2, workers, func(i int) {
		if i == 0 {
			outcome.Questions = merged.list()
		} else {
			outcome.Findings = together(asked, found)
		}
	})
	return outcome, nil
}

// inOrder puts a rule's findings in the order of their ids, each id once: the first that was found. Most rules find them in order.
func inOrder(found []*result.Finding) []*result.Finding {
	byID := func(x, y *result.Finding) int { return cmp.Compare(x.ID, y.ID) }
	if !slices.IsSortedFunc(found, byID) {
		slices.SortStableFunc(found, byID)
	}
	return slices.CompactFunc(found, func(x, y *result.Finding) bool { return x.ID == y.ID })
}

// together joins the findings of all rules in the order of their ids. These begin with the rule's own and "@", which no id of a
// rule has, so those of one rule stand together.
func together(asked []*matcher, found int) []result.Finding {
	if found == 0 {
		return nil
	}
	asked = slices.DeleteFunc(slices.Clone(asked), func(m *matcher) bool { return m == nil || len(m.findings) == 0 })
	slices.SortFunc(asked, func(x, y *matcher) int { return cmp.Compare(x.rule.ID+"@", y.rule.ID+"@") })
	out := make([]result.Finding, 0, found) // a finding is large, and moved only once
	for _, m := range asked {
		for _, f := range m.findings {
			out = append(out, *f)
		}
	}
	return out
}

// concerns tells whether anything of the rule's kinds occurs; a rule that nothing concerns is not even compiled.
func (x *index) concerns(r *Rule, old *index) bool {
	if r.Code() {
		of := x.subjects[string(r.On)]
		for _, list := range [][]string{r.Kinds, r.Names} {
			for _, kind := range list {
				if len(of[kind]) > 0 {
					return true
				}
			}
		}
		return false
	}
	for _, kind := range r.Kinds {
		for _, side := range []*index{x, old} {
			if side == nil || side == old && r.On != OnChange {
				continue
			}
			if len(side.byKind[kind]) > 0 && r.On != OnFlow && r.On != OnCycle || len(side.flowKinds[kind]) > 0 && r.On != OnElement && r.On != OnPair {
				return r.On != OnChange || old != nil
			}
		}
	}
	return false
}

// errTooMany ends a rule whose join multiplies.
var errTooMany = errors.New("it matches more combinations than can be asked; narrow its kinds or its binds")

// matcher asks one rule. It is also the CEL activation: names resolve to what is bound at the moment.
type matcher struct {
	ctx  context.Context
	rule *Rule
	x    *index
	old  *index

	limit int // of visits

	everyPlace bool // see EvaluateOptions
	scope      scope
	frame      *interpreter.ExecutionFrame

	findings []*result.Finding
	waiting  map[int64]int // by number of an unknown: findings that wait for it
	stat     Stat
	look     *Look // nil unless asked for
	failure  error

	asked    []*expression // the rule's
	whenAt   int           // after how many binds the rule's own when can be asked
	sets     [][]*flow
	order    []bound                    // what is bound, in order
	open     []int64                    // unknowns that the visit waits for so far
	fits     map[fit][]*flow            // see fitting
	gathered map[gatheringAt]*gathering // see gather
	relayed  map[*element][]*element    // see relays
	around   unique[bound]              // see places; used anew by each finding
	aims     unique[*target]            // see targets; used anew by each
	told     unique[*target]            // see subjects; used anew by each finding
	text     []byte                     // see message; used anew by each

	elements, flows                   []string         // see subjects; used anew by each finding
	evidence, effects, facts, decided []model.Evidence // see subjects and decisive; the same
	guards                            []result.Control // see controls; the same
}

// bound is one thing that a visit has bound; exactly one of the three is set.
type bound struct {
	element *element
	flow    *flow
	subject *subject
}

// scope is the names of a visit and their values.
type scope struct {
	names  []string
	values []any
}

// ResolveName gives CEL the value of a name.
func (s *scope) ResolveName(name string) (any, bool) {
	for i := len(s.names) - 1; i >= 0; i-- {
		if s.names[i] == name {
			return s.values[i], true
		}
	}
	return nil, false
}

// Parent is part of CEL's Activation: there is none.
func (s *scope) Parent() interpreter.Activation { return nil }

func (s *scope) push(name string, value any) {
	s.names, s.values = append(s.names, name), append(s.values, value)
}

// pop forgets the value, too: a scope that is used again must not keep alive what it was about, such as a place in code
// with its whole program behind it.
func (s *scope) pop() {
	last := len(s.names) - 1
	s.values[last] = nil
	s.names, s.values = s.names[:last], s.values[:last]
}

// run compiles the rule if needed and visits all that it concerns. A bug of ours costs the rule, not the run.
func (m *matcher) run(c *compiler) {
	m.stat.Rule = m.rule.ID
	defer func() {
		if trouble := recover(); trouble != nil {
			m.failure = fmt.Errorf("internal trouble: %v", trouble)
		}
	}()
	if troubles := c.compile(m.rule); len(troubles) > 0 {
		m.failure = errors.New(troubles[0].String())
		return
	}
	frame, err := interpreter.NewExecutionFrame(&m.scope)
	if err != nil {
		m.failure = err
		return
	}
	m.frame = frame
	defer frame.Close()
	m.sets = make([][]*flow, len(m.rule.Binds))
	m.asked, m.whenAt = m.rule.expressions(), m.rule.decidedAfter()
	switch m.rule.On {
	case OnFlow:
		m.visitFlows()
	case OnElement:
		m.visitElements()
	case OnPair:
		m.visitPairs()
	case OnCycle:
		m.visitCycles()
	case OnChange:
		m.visitChanges()
	default:
		m.visitSubjects()
	}
	// Which expression fails first must not depend on anything but the model, and it does not: visits are in order.
	if errors.Is(m.failure, errStop) {
		m.failure = m.ctx.Err()
	}
}

var errStop = errors.New("stopped")

// decidedAfter is the number of binds after which all names of the rule's when are bound.
func (r *Rule) decidedAfter() int {
	after := 0
	for i := range r.Binds {
		if _, used := r.when.uses[r.Binds[i].Name]; used {
			after = i + 1
		}
	}
	return after
}

// truth is the answer of an expression.
type truth uint8

const (
	isFalse truth = iota
	isTrue
	isOpen // it waits for facts, which are in m.lacked
)

// ask evaluates an expression on what is bound. Open facts are appended to m.open.
func (m *matcher) ask(e *expression) truth {
	if e == nil {
		return isTrue
	}
	m.stat.Asked++
	value, _, err := e.program.Eval(m.frame)
	if err != nil {
		m.fail(fmt.Errorf("%s: %w", e.node.Span(), err))
		return isFalse
	}
	switch v := value.(type) {
	case types.Bool:
		if v {
			return isTrue
		}
		return isFalse
	case *types.Unknown:
		m.open = append(m.open, v.IDs()...)
		return isOpen
	}
	m.fail(fmt.Errorf("%s: the expression gave %s", e.node.Span(), value.Type().TypeName()))
	return isFalse
}

// fail keeps the first failure; visits stop at it.
func (m *matcher) fail(err error) {
	if m.failure == nil {
		m.failure = err
	}
}

// stopped tells whether visits should end, and counts one.
func (m *matcher) stopped() bool {
	m.stat.Visited++
	if m.failure == nil && m.stat.Visited > m.limit {
		m.failure = errTooMany
	}
	if m.failure == nil && m.stat.Visited%1024 == 0 && m.ctx.Err() != nil {
		m.failure = errStop
	}
	return m.failure != nil
}
