package discover

import "regexp"

var secretLike = regexp.MustCompile(`(sk-[A-Za-z0-9_-]{12,}|ghp_[A-Za-z0-9]{20,}|xox[abp]-[A-Za-z0-9-]{10,}|AKIA[0-9A-Z]{16})`)

// redact hides what looks like a secret in an excerpt.
func redact(s string) string { return secretLike.ReplaceAllString(s, "[redacted]") }
