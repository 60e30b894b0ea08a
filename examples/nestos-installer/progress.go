package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/internal/clap"
	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/internal/progress"
)

// interval is the time between two reports.
const interval = time.Second

// reader shows how much of an image has been read: as lines that other programs parse, or as one line on a
// terminal that changes.
type reader struct {
	mu       sync.Mutex
	w        io.Writer
	terminal bool
	width    int // of the terminal, 0 if unknown
	now      func() time.Time

	start, last time.Time // of the first event, of the last line
	complete    bool      // the whole has been reported
	open        bool      // the terminal's line has no end yet
}

// Report implements progress.Reporter.
func (r *reader) Report(e progress.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if e.State == progress.Started || r.start.IsZero() {
		r.start, r.last, r.complete = now, now, false
	}
	done, total := e.Bytes.Done+e.Bytes.Cached, e.Bytes.Total
	full := total > 0 && done == total
	if full && !r.complete || !r.complete && e.State == progress.Running && now.Sub(r.last) >= interval {
		r.last, r.complete = now, full
		r.print(e.ID, done, total, now.Sub(r.start))
	}
	if e.State.Final() {
		r.end()
	}
}

// end leaves the terminal's line.
func (r *reader) end() {
	if r.open {
		_, _ = io.WriteString(r.w, "\n")
		r.open = false
	}
}

// note prints a line, or several, that are not progress.
func (r *reader) note(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.end()
	_, _ = io.WriteString(r.w, text+"\n")
}

func (r *reader) print(artifact string, done, total int64, elapsed time.Duration) {
	text := fmt.Sprintf("Read %s %s", artifact, binarySize(done))
	if total > 0 {
		text += fmt.Sprintf("/%s (%d%%)", binarySize(total), percent(done, total))
	}
	if !r.terminal {
		_, _ = io.WriteString(r.w, text+"\n")
		return
	}
	const begin, end = "> ", "   \r"
	extra := details(done, total, elapsed)
	if r.width > 0 && len(begin)+len(text)+utf8.RuneCountInString(extra)+len(end) > r.width {
		extra = ""
	}
	_, _ = io.WriteString(r.w, begin+text+extra+end)
	r.open = true
}

// percent rounds down: 100 is the whole.
func percent(done, total int64) int64 { return int64(float64(done) / float64(total) * 100) }

// details are what only people want to know: a bar, the rate, the time left.
func details(done, total int64, elapsed time.Duration) string {
	var b strings.Builder
	if total > 0 {
		const cells = 20
		filled := int(min(done, total) * cells / total)
		b.WriteString(" [" + strings.Repeat("=", filled) + strings.Repeat(" ", cells-filled) + "]")
	}
	if elapsed < interval/2 {
		return b.String()
	}
	rate := float64(done) / elapsed.Seconds()
	fmt.Fprintf(&b, " %10s/s", binarySize(int64(rate)))
	if total > done && rate >= 1 {
		left := time.Duration(float64(total-done) / rate * float64(time.Second))
		fmt.Fprintf(&b, " %s left", clock(left))
	}
	return b.String()
}

// clock shows a duration as minutes and seconds, with hours if there are any.
func clock(d time.Duration) string {
	s := int64((d + time.Second/2) / time.Second)
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// binarySize shows bytes in binary units with one decimal; whole bytes below 1 KiB.
func binarySize(n int64) string {
	const step = 1024
	if n < step {
		return fmt.Sprintf("%d B", n)
	}
	size, units := float64(n)/step, []string{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	for len(units) > 1 && size >= step {
		size, units = size/step, units[1:]
	}
	return fmt.Sprintf("%.1f %s", size, units[0])
}

// With --json standard error has one JSON object per line, of one of these kinds.

type jsonProgress struct {
	Kind string `json:"event"`
	progress.Event
}

type jsonNote struct {
	Event string `json:"event"`
	Text  string `json:"text"`
}

type jsonFailure struct {
	Event  string   `json:"event"`
	Text   string   `json:"text"`
	Causes []string `json:"causes,omitempty"`
}

func (p *program) jsonLine(v any) {
	data, err := json.Marshal(v)
	if err != nil {
		return
	}
	p.lines.Lock()
	defer p.lines.Unlock()
	_, _ = p.Stderr.Write(append(data, '\n'))
}

func (p *program) jsonError(err error) {
	levels := clap.Levels(err)
	p.jsonLine(jsonFailure{Event: "error", Text: levels[0], Causes: levels[1:]})
}

// reporters returns where progress and notes go.
func (p *program) reporters(m *clap.Matches) (progress.Reporter, func(text string)) {
	if m.Has("json") {
		lines := progress.Func(func(e progress.Event) { p.jsonLine(jsonProgress{"progress", e}) })
		return progress.Limit(lines, interval), func(text string) { p.jsonLine(jsonNote{Event: "note", Text: text}) }
	}
	now := p.Now
	if now == nil {
		now = time.Now
	}
	r := &reader{w: p.Stderr, terminal: cli.IsTerminal(p.Stderr), width: p.Width, now: now}
	return r, r.note
}
