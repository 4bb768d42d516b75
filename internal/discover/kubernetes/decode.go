package kubernetes

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// decoded is the text that a Secret's data encodes; "" when it is none.
func decoded(text string) string {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || !utf8.Valid(raw) {
		return ""
	}
	return strings.TrimSpace(string(raw))
}
