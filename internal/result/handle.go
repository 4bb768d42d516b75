package result

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
)

// Ids name what they are about in full and grow long. A handle is a short name made of the id alone, so it stays as
// long as the id does, in every scan and saved result: f-3fa91c for a finding, p-0b7e42 for a path. Two of some thousands may
// share one; whoever looks a handle up gets both.

// handleForm is the form of a handle.
var handleForm = regexp.MustCompile(`^[fp]-[0-9a-f]{6}$`)

// IsHandle tells whether a text has the form of a handle.
func IsHandle(text string) bool { return handleForm.MatchString(text) }

// Handle is the short name of a finding.
func (f *Finding) Handle() string { return handle("f-", f.ID) }

// Handle is the short name of a path.
func (p *Path) Handle() string { return handle("p-", p.ID) }

func handle(kind, id string) string {
	sum := sha256.Sum256([]byte(id))
	return kind + hex.EncodeToString(sum[:3])
}

// FindingID gives the id behind the handle of a finding; any other text, and a handle that none or several go by, stay as
// they are.
func (r *Result) FindingID(text string) string {
	if !IsHandle(text) {
		return text
	}
	id := ""
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Handle() == text {
			if id != "" {
				return text
			}
			id = f.ID
		}
	}
	if id == "" {
		return text
	}
	return id
}
