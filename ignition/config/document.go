package config

import (
	"errors"
	"fmt"
	"sync"

	"github.com/nestos-dev/nestos/ignition/config/internal/engine"
	"github.com/nestos-dev/nestos/ignition/config/internal/jsontree"
	"github.com/nestos-dev/nestos/ignition/config/report"
)

// Document is a config together with where everything in it was written. Its
// methods may be called concurrently.
type Document struct {
	// Config is the config in the newest version; it is empty if it is not valid.
	Config Config
	// Report is what was found.
	Report report.Report
	// Version is the version that the config was written in, "" if that is unknown.
	Version Version

	mu     sync.Mutex // of finder
	finder *jsontree.Finder
	tree   *jsontree.Tree
}

// ParseDocument is Parse for those who ask for positions later. The document is
// never nil, so that its report can be read with an error too.
func ParseDocument(raw []byte) (*Document, error) {
	return parseUpTo(raw, engine.Newest)
}

// parseUpTo reads a config of any version up to max.
func parseUpTo(raw []byte, max engine.Version) (*Document, error) {
	d, err := newDocument(raw)
	if err != nil {
		return d, err
	}
	if d.tree == nil {
		return d, d.reject(engine.StubError(raw))
	}
	name, err := engine.VersionOf(d.tree)
	if err != nil {
		return d, d.reject(engine.StubError(raw))
	}
	v, semantic, known := engine.ParseVersion(name)
	switch {
	case !semantic:
		return d, ErrInvalidVersion
	case !known || v > max:
		return d, ErrUnknownVersion
	}
	return d, d.read(raw, v)
}

// parseExactly reads a config of version v.
func parseExactly(raw []byte, v engine.Version) (*Document, error) {
	d, err := newDocument(raw)
	if err != nil {
		return d, err
	}
	if d.tree == nil {
		return d, d.reject(engine.DecodeError(raw, v))
	}
	return d, d.read(raw, v)
}

// newDocument reads the text. There is no tree if it is no JSON.
func newDocument(raw []byte) (*Document, error) {
	d := &Document{}
	if len(raw) == 0 {
		return d, ErrEmpty
	}
	tree, err := jsontree.Parse(raw)
	switch {
	case errors.Is(err, jsontree.ErrTooLarge):
		return d, fmt.Errorf("config of %d bytes: not supported: %w", len(raw), err)
	case err == nil:
		d.tree = tree
		d.finder = jsontree.NewFinder(tree)
	}
	return d, nil
}

// reject makes an entry the whole report.
func (d *Document) reject(e report.Entry) error {
	d.Report.Entries = []report.Entry{e}
	return ErrInvalid
}

// read decodes, checks and translates the config as one of version v.
func (d *Document) read(raw []byte, v engine.Version) error {
	cfg, err := engine.Decode(d.tree, v)
	if err != nil {
		return d.reject(engine.DecodeError(raw, v))
	}
	if named, _, known := engine.ParseVersion(cfg.Ignition.Version); !known || named != v {
		return ErrUnknownVersion
	}
	d.Version = Version(v.String())
	d.Report = d.check(cfg, v)
	if d.Report.IsFatal() {
		return ErrInvalid
	}
	engine.Translate(cfg, v)
	d.Config = *cfg
	return nil
}

func (d *Document) check(cfg *Config, v engine.Version) report.Report {
	var sink engine.Sink
	engine.Validate(cfg, v, &sink)
	engine.Duplicates(cfg, &sink)
	// Ignition takes positions from another reader, which rejects numbers
	// that no float64 holds even where they mean nothing. Then it has none.
	if d.tree.Overflows() {
		return sink.Report
	}
	for i := range sink.Report.Entries {
		if e := &sink.Report.Entries[i]; e.HasPath {
			e.Pos = d.position(e.Path)
		}
	}
	engine.UnusedKeys(cfg, d.tree, d.finder, v, &sink)
	return sink.Report
}

// Position is where the value at a path is, or the innermost value around it if
// there is none. Keys count in their exact spelling. If the text is no JSON the
// position is unknown.
func (d *Document) Position(path report.Path) report.Pos {
	if d.tree == nil {
		return report.Pos{}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.position(path)
}

func (d *Document) position(path report.Path) report.Pos {
	line, col := d.finder.LineCol(d.tree.Start(d.finder.Deepest(path)))
	return report.Pos{Known: true, Line: line, Col: col}
}
