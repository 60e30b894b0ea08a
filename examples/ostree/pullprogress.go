package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/internal/progress"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sign"
	"golang.org/x/term"
)

// pullProgress is the live line of a pull, which is drawn on terminals only.
type pullProgress struct {
	c        *command
	line     *cli.Line // nil: no terminal
	interval time.Duration
}

// newPullProgress prepares the line; interval is the time between two changes of it, 0 for a second.
func (c *command) newPullProgress(interval time.Duration, quiet bool) *pullProgress {
	p := &pullProgress{c: c, interval: interval}
	if interval == 0 {
		p.interval = time.Second
	}
	f, ok := c.env.Stdout.(*os.File)
	if quiet || !ok || !cli.IsTerminal(f) {
		return p
	}
	p.line = cli.NewLine(f, func() int {
		width, _, err := term.GetSize(int(f.Fd()))
		if err != nil || width <= 0 {
			return 80
		}
		return width
	})
	return p
}

func (p *pullProgress) reporter() ostree.Progress {
	if p.line == nil {
		return nil
	}
	start := time.Now()
	return progress.Limit(progress.Func(func(e progress.Event) {
		if e.State.Final() {
			return // is left to the status line
		}
		p.line.Report(progress.Event{Task: e.Task, Text: pullText(e, time.Since(start)), State: e.State})
	}), p.interval)
}

// pullText shows how far a pull is: percent, objects, speed, and bytes received.
func pullText(e progress.Event, d time.Duration) string {
	done, total := e.Items.Done+e.Items.Cached, e.Items.Total
	if total == 0 {
		return e.Text
	}
	bytes := uint64(max(e.Bytes.Done, 0))
	speed := uint64(0)
	if d >= time.Millisecond {
		speed = bytes * 1000 / uint64(d.Milliseconds())
	}
	return fmt.Sprintf("%s: %d%% (%d/%d) %s/s %s", e.Text, 100*done/total, done, total, cli.FormatSize(speed), cli.FormatSize(bytes))
}

// onGPGResult shows on terminals which signatures were found; nil elsewhere.
func (p *pullProgress) onGPGResult() func(object.Checksum, *sign.Result) {
	if p.line == nil {
		return nil
	}
	w := p.line.Writer(p.c.env.Stdout)
	return func(_ object.Checksum, result *sign.Result) {
		io.WriteString(w, "\n"+verificationText(result))
	}
}

func (p *pullProgress) finish() {
	if p.line != nil {
		p.line.Clear()
	}
}

// pullJSON is what pull and pull-local print with --json.
type pullJSON struct {
	Local               bool    `json:"local"`
	MetadataFetched     int     `json:"metadata_fetched"`
	ContentFetched      int     `json:"content_fetched"`
	MetadataImported    int     `json:"metadata_imported"`
	ContentImported     int     `json:"content_imported"`
	DeltaParts          int     `json:"delta_parts"`
	BytesTransferred    int64   `json:"bytes_transferred"`
	ContentBytesWritten int64   `json:"content_bytes_written"`
	Seconds             float64 `json:"seconds"`
	GPG                 string  `json:"gpg"`
	Sign                string  `json:"sign"`
	Transport           string  `json:"transport,omitempty"`

	Delta *ostree.DeltaTotals `json:"delta,omitempty"` // of a dry run
}

// printStats prints the outcome of a pull.
func (c *command) printStats(s *ostree.PullStats, json bool) error {
	if !json {
		c.printf("%s\n", s.Status())
		return nil
	}
	j := pullJSON{Local: s.Local, MetadataFetched: s.MetadataFetched, ContentFetched: s.ContentFetched,
		MetadataImported: s.MetadataImported, ContentImported: s.ContentImported, DeltaParts: s.DeltaParts,
		BytesTransferred: s.BytesTransferred, ContentBytesWritten: s.ContentBytesWritten, Seconds: s.Duration.Seconds(),
		GPG: s.GPG, Sign: s.Sign, Transport: s.Transport}
	if s.Delta != (ostree.DeltaTotals{}) {
		j.Delta = &s.Delta
	}
	return c.printJSON(j)
}

// traceTo returns a function that writes blocks of lines; it may be called from several goroutines.
func traceTo(w io.Writer) func(string) {
	var mu sync.Mutex
	return func(text string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprint(w, text)
	}
}
