package code

import (
	"regexp"
	"testing"
)

// TestKeyed compares the cheap test of names with the rule that it stands for.
func TestKeyed(t *testing.T) {
	rule := regexp.MustCompile(`(_id|Id|ID|_?uuid|Uuid|UUID|_?email|Email|_key|Key|_?phone|Phone|_sub|_?slug|_?namespace|_?scope|_?tenant|_?owner|_?user|_?account)$|^(id|key|sub)$`)
	for _, stem := range []string{"", "_", "order", "order_", "x"} {
		for _, end := range []string{
			"id", "Id", "ID", "iD", "uuid", "Uuid", "UUID", "email", "Email", "EMAIL", "key", "Key", "phone", "Phone", "sub", "Sub", "slug", "namespace", "scope", "tenant", "owner", "user", "account",
			"name", "d", "", "keys", "valid", "monkey", "users", "grid",
		} {
			if name := stem + end; keyed(name) != rule.MatchString(name) {
				t.Errorf("%q: %v", name, keyed(name))
			}
		}
	}
}
