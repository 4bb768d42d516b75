package cascade

// Technique is what spreads, with the chance that one message of a contaminated agent contaminates who reads it.
type Technique struct {
	ID, Title string
	Rows      []string // of the evidence table
	Note      string   // how the chance follows from the rows
	chance    func() (Chance, error)
}

// Chance is the distribution of the chance.
func (t *Technique) Chance() (Chance, error) { return t.chance() }

// Published tries share tasks, prompts and models, so that they tell less than as many independent ones: one in five
// counts, the design effect that is typical of the evidence table.
const designEffect = 5

func seen(share, tries float64) func() (Chance, error) {
	return func() (Chance, error) { return Measured(share, tries/designEffect) }
}

func between(low, mode, high float64) func() (Chance, error) {
	return func() (Chance, error) { return Judged(low, mode, high) }
}

// Techniques is the table of what can spread; the first is the default.
var Techniques = []Technique{
	{
		"prompt-infection", "a prompt that tells the reader to pass it on",
		[]string{"C179", "C187"},
		"between a payload that a small model hardly repeated (C187) and one made for spreading (C179); the middle is judgement", between(0.231, 0.5, 0.8),
	},
	{
		"context-poisoning", "a false source that agents go on to cite",
		[]string{"C184", "C189", "C190", "C191"},
		"least and greatest of a chain, star and mesh of four agents; the middle is all of them", between(0.611, 0.75, 0.833),
	},
	{
		"direct-override", "an instruction to drop the task and do another",
		[]string{"C185"},
		"share of agents that kept it, 108 tries", seen(0.667, 108),
	},
	{
		"subtle-bias", "a slant in how things are put",
		[]string{"C186"},
		"share of agents that kept it, 108 tries", seen(0.389, 108),
	},
	{
		"role-hijack", "a message that gives the reader another role",
		[]string{"C188"},
		"share of agents that kept it, 108 tries", seen(0.009, 108),
	},
	{
		"peer-command", "a harmful command that a peer relays",
		[]string{"C199"},
		"share of 17 models that obeyed; it is the models that differ, so each counts as one try", func() (Chance, error) { return Measured(0.824, 17) },
	},
	{
		"multi-hop", "an injection shaped for the topology",
		[]string{"C172"},
		"whole attacks over several agents succeed as often, so a single one passes at least that: the range of the row", between(0.4, 0.59, 0.78),
	},
	{
		"agent-attack", "one agent made to attack another's tools and preferences",
		[]string{"C171"},
		"worst of seven models, 253 tries", seen(0.6, 253),
	},
}

// Factor is a number by which the chance of a try is multiplied where something holds.
type Factor struct {
	ID    string
	Value float64
	Rows  []string // empty: judgement
	Doc   string
}

// What a link is made of, in the order in which kinds of links are told.
const (
	ByMessage    = "message"
	ByDelegation = "delegation"
	ByHandoff    = "handoff"
	ByMemory     = "memory"
	ByTool       = "tool"
)

// Factors lower the chance of a try on the links of a system.
var Factors = []Factor{
	{ByMemory, 0.5, nil, "written to a store that the other reads: it has to be found and read"},
	{ByTool, 0.342, []string{"C123"}, "through a tool or server that both use and that keeps what it is given: cascade rate between two servers"},
	{"typed", 0.5, nil, "the message has typed values only: less room for instructions"},
	{"reference", 0.2, nil, "the message has references only"},
}

func factor(id string) float64 {
	for _, f := range Factors {
		if f.ID == id {
			return f.Value
		}
	}
	return 1
}
