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

// TestIdentifies does so with names for who asks.
func TestIdentifies(t *testing.T) {
	rule := regexp.MustCompile(`(?i)^_*(authenticated|authorized|current|session|logged_?in|auth|my)?_?(user|owner|account|tenant|customer|member|org|organi[sz]ation|workspace|family|household|company|team|caller|principal|session|thread|conversation|chat)_?(id|uuid|email|sub)$|^(current|authenticated|logged_?in)_?user$|^(email|username)$`)
	for _, whose := range append([]string{"_", "__", "x", "x_", "my_my", "Current", "_AUTH", "logged__in", "logged_in_"}, whoseParts...) {
		for _, who := range append([]string{"", "x", "User", "ORG", "organisations", "userorg", "user_team"}, whoParts...) {
			for _, mark := range append([]string{"", "Id", "UUID", "ids", "uid", "name", "ID_"}, markParts...) {
				for _, name := range []string{whose + who + mark, whose + "_" + who + mark, whose + who + "_" + mark, whose + "_" + who + "_" + mark, whose + "__" + who + "__" + mark} {
					if identifies(name) != rule.MatchString(name) {
						t.Errorf("%q: %v", name, identifies(name))
					}
				}
			}
		}
	}
}
