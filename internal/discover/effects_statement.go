package discover

import (
	"regexp"
	"strings"

	"fermata/internal/code"
)

// changes are words of statements that change what is stored, in SQL and Cypher; second, where they begin another
// statement, make a table of an answer, or call a function of PostgreSQL that moves a sequence or keeps an object.
var (
	changes = regexp.MustCompile(`(?i)\b(?:INSERT\s+INTO|UPDATE\s+(?:ONLY\s+)?[\w."\[\]]+(?:\s+(?:AS\s+)?\w+)?\s+SET|DELETE\s+FROM|DETACH\s+DELETE|DELETE\s+\w+|DROP\s+\w+|MERGE\s*(?:\w+\s*=\s*)?\(|CREATE\s*(?:\w+\s*=\s*)?\(|SET\s+\w+\s*(?:[.:]|\+?=)|REMOVE\s+\w+[.:]|TRUNCATE\s+\w+|writable_schema|user_version\s*=)`)
	second  = regexp.MustCompile(`(?i);\s*(?:INSERT|UPDATE|DELETE|DROP|CREATE|ALTER|TRUNCATE|MERGE|REPLACE|GRANT)\b|^\s*SELECT\b[^;]*\bINTO\s+\w|\b(?:setval|nextval|lo_import|lo_create|lo_unlink|lo_put)\s*\(`)
)

// quoted is a text or a quoted name in a statement; remarked, what nobody runs.
var (
	quoted   = regexp.MustCompile("'[^']*'|\"[^\"]*\"|`[^`]*`")
	remarked = regexp.MustCompile(`--[^\n]*|(?s:/\*.*?\*/)`)
)

// mayChange are words that change what is stored, wherever they stand; a statement in which one of them stands otherwise
// than is known was not understood.
var mayChange = regexp.MustCompile(`(?i)\b(?:INSERT|UPDATE|DELETE|CREATE|DROP|MERGE|SET|REMOVE|TRUNCATE|ALTER|CALL|FOREACH|INTO)\b`)

// locking is a question that holds its rows for itself: they stay as they are.
var locking = regexp.MustCompile(`(?i)\bFOR\s+(?:NO\s+KEY\s+)?UPDATE\b`)

// called is what stands before a bracket: a function, or a word of the language.
var called = regexp.MustCompile(`([\w.]+)\s*\(`)

// harmless are functions, and words before a bracket, that change nothing. What else is called may be a function that
// somebody has defined in the store.
var harmless = wordSet(`and or not in as on using from join select where having by over filter within exists any some all values distinct
	with union intersect except case when then else end limit offset between like ilike is recursive materialized lateral match optional unwind return cast try_cast convert
	count sum avg min max total group_concat string_agg array_agg json_agg jsonb_agg json_object_agg jsonb_object_agg json_group_array json_group_object bool_and bool_or every stddev variance median percentile_cont percentile_disc mode
	row_number rank dense_rank ntile lag lead first_value last_value nth_value cume_dist percent_rank
	coalesce ifnull nullif isnull iif if greatest least abs round ceil ceiling floor sqrt power pow exp ln log log10 mod sign random rand pi trunc
	lower upper length char_length character_length len substr substring left right trim ltrim rtrim btrim lpad rpad concat concat_ws instr position strpos split_part reverse initcap ascii chr char format printf hex unhex md5 quote repeat space typeof
	regexp_replace regexp_matches regexp_match regexp_like regexp_extract similarity word_similarity
	date time datetime timestamp julianday unixepoch strftime to_char to_date to_timestamp to_number date_trunc date_part date_format date_add date_sub datediff timestampdiff dateadd extract age now current_timestamp current_date getdate year month day hour minute interval make_interval
	varchar char character decimal numeric float double int integer bigint nvarchar bit vector
	to_tsvector to_tsquery plainto_tsquery websearch_to_tsquery phraseto_tsquery ts_rank ts_rank_cd ts_headline bm25 snippet highlight contains containstable freetext
	json_extract json_each json_tree json_array_length json_array json_object json_type json_valid json_build_object jsonb_build_object json_build_array jsonb_build_array to_json to_jsonb row_to_json jsonb_array_elements jsonb_array_elements_text jsonb_each jsonb_each_text jsonb_typeof jsonb_array_length jsonb_extract_path jsonb_extract_path_text
	array unnest array_length cardinality array_to_string string_to_array array_position generate_series row
	st_distance st_dwithin st_contains st_within st_intersects st_makepoint st_setsrid st_point st_astext st_asgeojson
	version database schema current_database current_schema user current_user pg_size_pretty pg_total_relation_size pg_relation_size pg_database_size pg_table_size obj_description col_description pg_get_viewdef pg_get_constraintdef pg_get_indexdef format_type pragma_table_info table_info index_list index_info foreign_key_list last_insert_rowid changes cosine_distance l2_distance vec_distance_cosine vec_distance_l2
	id elementid labels type keys properties size nodes relationships collect head last tail range tolower toupper tostring tointeger tofloat toboolean startnode endnode shortestpath allshortestpaths none single reduce point score
	explain analyze describe show`)

func wordSet(text string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(text) {
		set[w] = true
	}
	return set
}

// sqlEffects tells what a statement of SQL or Cypher does. What is not understood may write; a query in words that
// are of neither language is a search, where the method says no more than that it asks.
func sqlEffects(statement string, search bool) []string {
	statement = quoted.ReplaceAllStringFunc(statement, func(text string) string {
		if text[0] == '\'' {
			return "''"
		}
		return "q" // a name, or a text: neither is a word of the language
	})
	statement = strings.TrimSpace(remarked.ReplaceAllString(statement, " "))
	if statement == "" {
		return []string{"db-read"}
	}
	words := strings.FieldsFunc(strings.ToUpper(statement), func(r rune) bool { return (r < 'A' || r > 'Z') && r != '_' })
	if len(words) == 0 {
		return []string{"db-read"}
	}
	switch words[0] {
	case "SELECT", "WITH", "SHOW", "EXPLAIN", "PRAGMA", "MATCH", "OPTIONAL", "UNWIND", "DESCRIBE":
		return questionEffects(statement, words[0])
	case "CALL", "EXEC", "EXECUTE", "DO", "COPY", "LOAD":
		return []string{"db-read", "db-write"} // a procedure does what it does
	case "GRANT", "REVOKE":
		return []string{"db-write"}
	case "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "MERGE", "REPLACE", "TRUNCATE", "UPSERT":
		return []string{"db-write"}
	}
	switch {
	case second.MatchString(statement):
		return []string{"db-read", "db-write"}
	case !search && mayChange.MatchString(statement) && words[0] != "SET":
		return []string{"db-read", "db-write" + possibly}
	}
	return []string{"db-read"}
}

// builtEffects tells what statements do that are put together by functions of SQLAlchemy: select(table).where(…); nil where one
// of them is made by something else.
func builtEffects(statement *code.Value) []string {
	var reads, writes bool
	for _, v := range statement.Each() {
		for v.Is(code.Instance) && v.Base != nil {
			v = v.Base
		}
		switch {
		case !v.Is(code.Instance):
			return nil
		case v.Ref.Is("sqlalchemy.**.select", "sqlalchemy.select", "sqlmodel.select", "sqlmodel.**.select"):
			reads = true
		case v.Ref.Is("sqlalchemy.**.insert", "sqlalchemy.**.update", "sqlalchemy.**.delete", "sqlalchemy.insert", "sqlalchemy.update", "sqlalchemy.delete"):
			writes = true
		default:
			return nil
		}
	}
	switch {
	case reads && writes:
		return []string{"db-read", "db-write"}
	case writes:
		return []string{"db-write"}
	case reads:
		return []string{"db-read"}
	}
	return nil
}

// questionEffects tells what a statement does that begins as a question: it may change something further on, as WITH … DELETE FROM
// and MATCH … SET do. Where a word stands that changes things, in a place that is not known, or a function is called
// that the store may have from anybody, neither yes nor no is said.
func questionEffects(statement, word string) []string {
	if second.MatchString(statement) || word != "SELECT" && changes.MatchString(statement) {
		return []string{"db-read", "db-write"}
	}
	statement = locking.ReplaceAllString(statement, " ")
	if word == "PRAGMA" || word == "SHOW" || word == "DESCRIBE" {
		return []string{"db-read"}
	}
	open := mayChange.MatchString(statement)
	for _, m := range called.FindAllStringSubmatchIndex(statement, -1) {
		name := strings.ToLower(statement[m[2]:m[3]])
		open = open || !harmless[name] && !namesPart(statement[:m[2]]) && !digits(name)
	}
	if open {
		return []string{"db-read", "db-write" + possibly}
	}
	return []string{"db-read"}
}

// beforeName ends where the name of a part of a statement follows: WITH recent (id) AS (…), FROM t AS x (a, b).
var beforeName = regexp.MustCompile(`(?i)(?:\bWITH(?:\s+RECURSIVE)?|\bAS|\),)\s*$`)

// namesPart tells whether what follows is the name of a part of a statement.
func namesPart(before string) bool { return beforeName.MatchString(before) }

func digits(s string) bool { return strings.Trim(s, "0123456789.") == "" }
