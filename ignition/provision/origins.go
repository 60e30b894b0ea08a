package provision

import (
	"encoding/json"
	"maps"
	"os"

	"github.com/nestos-dev/nestos/ignition/config"
	"github.com/nestos-dev/nestos/internal/atomicfile"
)

// Origin is where an entry of the merged config was written by its author.
type Origin struct {
	// Source is the config: a URL, a path, the name of the platform, or "config" if the
	// caller gave it.
	Source string `json:"source"`
	// Line is the line in it, counted from 1.
	Line int `json:"line"`
	// Col is the byte in the line, counted from 1.
	Col int `json:"col"`
}

// origins remembers where entries were written. The cache has lost that, so it is
// kept in a file beside it, which only messages need.
type origins struct {
	entries map[string]Origin
	// docs and saved are documents, and a file of entries, not looked into yet: most
	// runs never need them.
	docs  []origin
	saved string
	// eager is set in the fetch stages, which save all entries: it lets go of the
	// documents early.
	eager bool
}

type origin struct {
	source string
	doc    *config.Document
}

// originsFile is the name of the file beside the cache.
func (e *Engine) originsFile() string { return e.opt.ConfigCache + ".origins" }

// add records the entries of a document over those of earlier ones, but not over
// saved ones: those are the user's.
func (o *origins) add(source string, doc *config.Document) {
	o.docs = append(o.docs, origin{source, doc})
	if o.eager {
		o.resolve()
	}
}

func (o *origins) resolve() map[string]Origin {
	if o.entries == nil {
		o.entries = map[string]Origin{}
	}
	for _, d := range o.docs {
		for id, pos := range d.doc.Entries() {
			o.entries[id] = Origin{Source: d.source, Line: pos.Line, Col: pos.Col}
		}
	}
	o.docs = nil
	if o.saved != "" {
		maps.Copy(o.entries, readOrigins(o.saved))
		o.saved = ""
	}
	return o.entries
}

func (o *origins) save(path string) error {
	data, err := json.Marshal(o.resolve())
	if err != nil {
		return err
	}
	return atomicfile.WriteFile(path, data, 0o640, &atomicfile.Options{Sync: atomicfile.SyncNone})
}

// load adds what a fetch stage saved; without it messages are less precise.
func (o *origins) load(path string) { o.saved = path }

func readOrigins(path string) map[string]Origin {
	entries := map[string]Origin{}
	if data, err := os.ReadFile(path); err != nil || json.Unmarshal(data, &entries) != nil {
		return nil
	}
	return entries
}

// find returns where the entry with an identity was written.
func (o *origins) find(id string) (Origin, bool) {
	at, ok := o.resolve()[id]
	return at, ok
}
