package view

import (
	"time"

	"github.com/nestos-dev/nestos/zincati/internal/page"
)

// Options says what to draw. The zero value (and nil) is right for a file.
type Options struct {
	At       time.Time // the moment shown: throttles are those of its second; zero: time.Now
	Title    string    // heading of the picture or name of the graph; may be empty
	Expand   bool      // draw every release, also runs of old ones that differ in nothing
	MaxRows  int       // most rows drawn, the newest ones; 0: 300
	MaxLanes int       // most bundles of edges side by side; 0: 12

	inline bool // inside a page that has the style sheet: no XML declaration, no own style, no legend
}

func (o *Options) filled() Options {
	var out Options
	if o != nil {
		out = *o
	}
	if out.At.IsZero() {
		out.At = time.Now()
	}
	if out.MaxRows <= 0 {
		out.MaxRows = 300
	}
	if out.MaxLanes <= 0 {
		out.MaxLanes = 12
	}
	return out
}

// Limits on foreign strings, in characters.
const (
	maxVersion = 64
	maxReason  = 300
	maxPayload = 200
	maxScope   = 100
)

// version makes a version readable.
func version(s string) string {
	if s == "" {
		return "(no version)"
	}
	return page.Visible(s, maxVersion)
}
