package taxonomy

// Kind says what an entry is.
type Kind string

// The kinds. Each framework uses a few of them, in its own words where it has some.
const (
	Action      Kind = "action"
	Annex       Kind = "annex"
	Article     Kind = "article"
	CaseKind    Kind = "case"
	CaseStudy   Kind = "case-study"
	Category    Kind = "category"
	Chapter     Kind = "chapter"
	Class       Kind = "class"
	Clause      Kind = "clause"
	Concern     Kind = "concern"
	Control     Kind = "control"
	Domain      Kind = "domain"
	Factor      Kind = "factor"
	Function    Kind = "function"
	Group       Kind = "group"
	Layer       Kind = "layer"
	Mitigation  Kind = "mitigation"
	Objective   Kind = "objective"
	Pattern     Kind = "pattern"
	Playbook    Kind = "playbook"
	Principle   Kind = "principle"
	Question    Kind = "question"
	Risk        Kind = "risk"
	RiskSource  Kind = "risk-source"
	Scenario    Kind = "scenario"
	Subcategory Kind = "subcategory"
	Tactic      Kind = "tactic"
	Technique   Kind = "technique"
	Threat      Kind = "threat"
	Weakness    Kind = "weakness"
)

// kinds lists every kind in the order in which results of a search prefer them: what threatens first, then what
// answers it, then what only arranges.
var kinds = []Kind{
	Threat, Risk, Technique, Weakness, Mitigation, Control, Tactic, Layer, Subcategory, Action, CaseStudy, Pattern,
	Scenario, Principle, Chapter, Article, Domain, Category, Function, Clause, RiskSource, Objective, Group, Factor,
	Class, Playbook, Question, CaseKind, Annex, Concern,
}

// RelationKind says how one entry is related to another.
type RelationKind string

// The relations. MapsTo is the one that crosswalks state; the others stand in a framework's own file.
const (
	Parent      RelationKind = "parent"
	Achieves    RelationKind = "tactics"
	Mitigates   RelationKind = "mitigates"
	Employs     RelationKind = "steps"
	MapsTo      RelationKind = "maps"
	SameAs      RelationKind = "same-as"
	Near        RelationKind = "near"
	Continues   RelationKind = "continues"
	ReplacedBy  RelationKind = "now"
	OnLayer     RelationKind = "layers"
	OfThreat    RelationKind = "threats"
	ListedAs    RelationKind = "listed"
	InAttack    RelationKind = "attack"
	Cites       RelationKind = "cites"
	AgainstRisk RelationKind = "risks"
	Serves      RelationKind = "serves"
	Supports    RelationKind = "supports"
	InStride    RelationKind = "stride"
	InAICM      RelationKind = "aicm"
	TreatedIn   RelationKind = "playbook"
	AskedBy     RelationKind = "asked"
	InCase      RelationKind = "case"
	RelatedTo   RelationKind = "related"
)

// relationInfo is one row of the table of relations.
type relationInfo struct {
	kind      RelationKind
	namespace string // of the other end when a file does not say; empty for the entry's own
	forward   string // read from the entry that states it
	backward  string // read from the other end
}

// relations is the table of relations, in the order in which they are shown.
var relations = []relationInfo{
	{ReplacedBy, "", "replaced by", "replaces"},
	{Parent, "", "part of", "has"},
	{Achieves, "", "serves the tactic", "served by"},
	{Mitigates, "", "mitigates", "mitigated by"},
	{OnLayer, "maestro", "on layer", "holds"},
	{OfThreat, "owasp-asi", "concerns", "concerned by"},
	{ListedAs, "owasp-llm", "listed as", "lists"},
	{Serves, "nist-ai-rmf", "serves", "served by"},
	{AgainstRisk, "", "against", "answered by"},
	{Supports, "nist-ai-rmf", "supports", "supported by"},
	{InAttack, "attack", "in ATT&CK", "in ATLAS"},
	{InStride, "stride", "in STRIDE", "seen as"},
	{InAICM, "aicm", "covered by", "covers"},
	{SameAs, "", "same as", "same as"},
	{Near, "", "nearest layer", "nearest layer of"},
	{Continues, "", "continues", "continued by"},
	{RelatedTo, "", "related to", "related to"},
	{Cites, "atlas", "cites", "cited by"},
	{InCase, "", "seen in", "shows"},
	{TreatedIn, "", "treated in", "treats"},
	{AskedBy, "", "asked by", "asks for"},
	{Employs, "", "uses", "used in"},
	{MapsTo, "", "maps to", "mapped from"},
}

func relationRow(kind RelationKind) (relationInfo, int) {
	for i, r := range relations {
		if r.kind == kind {
			return r, i
		}
	}
	return relationInfo{kind: kind, forward: string(kind), backward: string(kind)}, len(relations)
}

// details lists the keys of facts that are not relations, in the order in which they are shown.
var details = []string{
	"also-titled", "since", "type", "date", "maturity", "platforms", "category", "lifecycle", "factors", "components",
	"mitigations", "security", "story", "owner", "vertical", "controls", "confirmed", "attack-reference", wordsDetail,
}

// Strength says how firmly a crosswalk relates two entries; empty for a relation from a framework's own file.
type Strength string

// The strengths. Doubtful marks an id that exists but that the crosswalk uses under another thing's name; Draft one
// that a draft cited and the published text no longer does.
const (
	Primary    Strength = "primary"
	Supporting Strength = "supporting"
	Mapped     Strength = "mapped"
	Related    Strength = "related"
	Draft      Strength = "draft"
	Doubtful   Strength = "doubtful"
)

var strengths = []Strength{Primary, Supporting, Mapped, Related, Draft, Doubtful}

// titleless are the kinds that may come without a title: NIST gives these an id and a sentence, and our sentence (or
// what the action serves) then stands as the title.
var titleless = map[Kind]bool{Category: true, Subcategory: true, Action: true}
