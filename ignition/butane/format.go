package butane

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/nestos-dev/nestos/ignition/config/report"
)

// FormatOptions adjusts FormatReport.
type FormatOptions struct {
	// FileName is what the text is called; empty: "<stdin>".
	FileName string
	// Color uses ANSI sequences.
	Color bool
	// Raw writes one line per entry, as Ignition does, without the text.
	Raw bool
}

// FormatReport shows the entries of a report with the lines of the text they are
// about. Entries without a position in the text are written as one line, and so is
// what comes after some megabytes.
func FormatReport(r report.Report, text []byte, opt *FormatOptions) string {
	if opt == nil {
		opt = &FormatOptions{}
	}
	if opt.Raw {
		return r.String()
	}
	f := formatter{name: opt.FileName, color: opt.Color}
	if f.name == "" {
		f.name = "<stdin>"
	}
	if len(r.Entries) > 0 {
		f.lines = strings.Split(string(text), "\n")
	}
	for i, e := range r.Entries {
		if i > 0 {
			f.out.WriteByte('\n')
		}
		f.entry(e)
	}
	return f.out.String()
}

type formatter struct {
	name  string
	lines []string
	color bool
	out   strings.Builder
}

// Colors, all bold.
const (
	red    = "\x1b[1;31m"
	yellow = "\x1b[1;33m"
	blue   = "\x1b[1;34m"
	cyan   = "\x1b[1;36m"
	reset  = "\x1b[0m"
)

var kindColors = map[report.Kind]string{report.Error: red, report.Warn: yellow, report.Info: cyan}

func (f *formatter) paint(s, color string) string {
	if !f.color {
		return s
	}
	return color + s + reset
}

// maxShown is the length from which on entries are written as one line: many entries
// of one endless line would repeat it as often.
const maxShown = 8 << 20

// context is how many lines are shown before and after that of the entry.
const context = 2

func (f *formatter) entry(e report.Entry) {
	if !f.shows(e.Pos) || f.out.Len() > maxShown {
		f.out.WriteString(e.String() + "\n")
		return
	}
	path := ""
	if e.HasPath {
		path = "[" + e.Path.String() + "]"
	}
	fmt.Fprintf(&f.out, "%s%s:\n", f.paint(string(e.Kind), kindColors[e.Kind]), path)
	fmt.Fprintf(&f.out, "  %s %s:%d:%d\n", f.paint("-->", blue), f.name, e.Pos.Line, e.Pos.Col)
	first, last := max(1, e.Pos.Line-context), min(len(f.lines), e.Pos.Line+context)
	width := len(strconv.Itoa(last))
	gutter := " " + strings.Repeat(" ", width) + " |"
	f.out.WriteString(gutter + "\n")
	for n := first; n <= last; n++ {
		line := f.lines[n-1]
		fmt.Fprintf(&f.out, " %s | %s\n", f.paint(fmt.Sprintf("%*d", width, n), blue), line)
		if n == e.Pos.Line {
			before, at := line[:e.Pos.Col-1], line[e.Pos.Col-1:]
			if end := strings.IndexFunc(at, unicode.IsSpace); end >= 0 {
				at = at[:end]
			}
			fmt.Fprintf(&f.out, "%s %s%s %s\n", gutter, strings.Repeat(" ", len(before)),
				f.paint(strings.Repeat("^", len(at)), blue), e.Message)
		}
	}
	f.out.WriteString(gutter + "\n")
}

// shows reports whether a position is one of the text.
func (f *formatter) shows(p report.Pos) bool {
	return p.Known && p.Line >= 1 && p.Line <= len(f.lines) && p.Col >= 1 && p.Col <= len(f.lines[p.Line-1])
}
