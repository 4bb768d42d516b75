package result

import "fermata/internal/model"

// EvidenceSchema names the document that hands what a probe or a test has shown to a scan.
const EvidenceSchema = "fermata/evidence/v1"

// EvidenceSet is what was shown about controls outside a scan.
type EvidenceSet struct {
	Schema   string         `json:"schema"` // always [EvidenceSchema]
	Evidence []ShownControl `json:"evidence"`
}

// ShownControl says in which state a control was found on an element or flow, by what, and when.
type ShownControl struct {
	Control string      `json:"control"` // id of the catalogue
	On      string      `json:"on"`      // id, alias or name of the element
	State   model.State `json:"state"`   // tested or refuted
	Date    string      `json:"date"`    // YYYY-MM-DD
	By      string      `json:"by"`      // what showed it: the command or the test
	Note    string      `json:"note,omitempty"`
}
