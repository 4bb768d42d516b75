package discover

import (
	"strings"
	"testing"
)

// TestStatementEffects holds that a statement is only told to read where it was understood: what changes something in a
// way that is known writes, and what is not known may.
func TestStatementEffects(t *testing.T) {
	for _, test := range []struct{ statement, want string }{
		{"MATCH (n:User {id: $id}) SET n += $props", "db-read db-write"},
		{"MATCH (n:User {id: $id}) SET n = $props", "db-read db-write"},
		{"MATCH (n:User {id: $id}) SET n.name = $name", "db-read db-write"},
		{"MATCH (a:User {id: $id}), (b:User) CREATE p=(a)-[:KNOWS]->(b) RETURN p", "db-read db-write"},
		{"MATCH (a) CALL { WITH a SET a:Seen }", "db-read db-write"},
		{"MATCH (a) CALL apoc.refactor.rename(a) YIELD x RETURN x", "db-read db-write?"},
		{"MATCH p=(a)-[:KNOWS]->(b) WHERE toLower(a.name) = 'set n = 1' RETURN count(p)", "db-read"},
		{"WITH x AS (SELECT 1) UPDATE ONLY users AS u SET admin = true WHERE id = %s", "db-read db-write"},
		{"WITH x AS (SELECT 1) UPDATE `users` SET admin = true WHERE id = %s", "db-read db-write"},
		{"WITH x AS (SELECT 1) UPDATE users PARTITION (p0) SET admin = true", "db-read db-write"},
		{"WITH RECURSIVE tree(id) AS (SELECT 1), more (id) AS (SELECT id FROM tree) SELECT max(id) FROM more", "db-read"},
		{"WITH x AS (SELECT 1) SELECT \"update t set\" FROM notes WHERE text = 'x' -- delete from t", "db-read"},
		{"SELECT setval('orders', 1)", "db-read db-write"},
		{"SELECT archive_orders(1)", "db-read db-write?"},
		{"SELECT count(*), coalesce(max(at), now()) FROM orders WHERE id IN (1, 2) AND (a = 1 OR b = 2)", "db-read"},
		{"SELECT CAST(price AS numeric(10, 2)) FROM orders FOR UPDATE SKIP LOCKED", "db-read"},
		{"SELECT updated_at, is_deleted FROM orders WHERE body LIKE '%drop table%'", "db-read"},
		{"SELECT * INTO old FROM orders", "db-read db-write"},
		{"-- the first\nDELETE FROM orders", "db-write"},
		{"/* kept */ INSERT INTO orders VALUES (1)", "db-write"},
		{"FROM orders SELECT *", "db-read"},
		{"BEGIN; DELETE FROM orders; COMMIT", "db-read db-write"},
		{"FOREACH (n IN $all | SET n.seen = true)", "db-read db-write?"},
		{"PRAGMA table_info(orders)", "db-read"},
		{"EXPLAIN ANALYZE DELETE FROM orders", "db-read db-write"},
	} {
		if got := strings.Join(sqlEffects(test.statement, false), " "); got != test.want {
			t.Errorf("%s: %s, want %s", test.statement, got, test.want)
		}
	}
	if got := strings.Join(sqlEffects("how do I delete my account?", true), " "); got != "db-read" {
		t.Errorf("a search in words does %s", got)
	}
}
