package report

import "strings"

// Cell keeps a spreadsheet from reading a text as a formula, and a terminal from obeying it.
func Cell(text string) string {
	text = Plain(text)
	if text != "" && strings.ContainsRune("=+-@", rune(text[0])) {
		return "'" + text
	}
	return text
}
