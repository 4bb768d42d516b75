// Package catalog holds the frameworks that threats, rules and controls refer to, as versioned data.
//
// One folder is one framework, which is also the namespace that `maps:` in a rule uses; one file in it is one edition.
// A file begins with a header (framework, edition, title, publisher, url, sources, licence, retrieved) and lists its
// entries by kind, one a line. `crosswalk` holds relations that somebody published between frameworks, with the letter
// of their provenance and a remark on their quality.
//
// `evidence` is no framework but a table of published measurements, and `coverage` says which rules express which
// threats, and why none can where none does; other packages read them.
//
// Ids, titles and relations are facts taken from the sources that a file names. Every gist is written for this project;
// nothing of the frameworks' own prose is repeated. Package taxonomy reads the files and refuses an id that does not
// resolve.
package catalog

import "embed"

// FS holds every edition as <framework>/<edition>.yaml.
//
//go:embed */*.yaml
var FS embed.FS
