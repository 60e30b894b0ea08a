//go:build linux

package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/internal/humansize"
	"github.com/nestos-dev/nestos/internal/progress"
	"golang.org/x/term"
)

// renderer shows how far the work is. On a terminal there is one line that changes; elsewhere each step is "text..."
// and, when it is over, "done".
type renderer struct {
	mu    sync.Mutex
	out   io.Writer
	quiet bool
	width func() int // of the terminal; nil elsewhere

	open  string    // the step whose line is not finished; empty if there is none
	shown bool      // the changing line is visible
	drawn time.Time // when it was drawn last
	frame int       // of the spinner
	start map[string]time.Time
}

func (c *command) progress() *renderer {
	if c.render != nil {
		return c.render
	}
	c.render = &renderer{out: c.env.Stdout, quiet: c.quiet, start: map[string]time.Time{}}
	if f, ok := c.env.Stdout.(*os.File); ok && cli.IsTerminal(f) {
		c.render.width = func() int { return terminalWidth(f) }
	}
	return c.render
}

func terminalWidth(f *os.File) int {
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width <= 0 {
		return 80
	}
	return width
}

func taskKey(e progress.Event) string { return e.Task + "\x00" + e.ID }

// Report implements [progress.Reporter].
func (r *renderer) Report(e progress.Event) {
	if r.quiet || e.Text == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.start[taskKey(e)]; !ok {
		r.start[taskKey(e)] = time.Now()
	}
	if r.width != nil {
		r.draw(e)
	} else {
		r.line(e)
	}
	if e.State.Final() {
		delete(r.start, taskKey(e))
	}
}

// line writes the beginning or the end of a step. If something else was written in between the step's text is
// repeated, so that "text...done" is always found in one line.
func (r *renderer) line(e progress.Event) {
	key := taskKey(e)
	switch {
	case e.State == progress.Started:
		if r.open == "" {
			fmt.Fprintf(r.out, "%s...", e.Text)
			r.open = key
		}
	case !e.State.Final():
	case r.open == key:
		fmt.Fprintln(r.out, ending(e))
		r.open = ""
	default:
		r.breakLine()
		fmt.Fprintf(r.out, "%s...%s\n", e.Text, ending(e))
	}
}

func ending(e progress.Event) string {
	if e.State == progress.Failed {
		return "failed"
	}
	return "done"
}

func (r *renderer) breakLine() {
	if r.open != "" {
		io.WriteString(r.out, "\n")
		r.open = ""
	}
}

const (
	eraseLine = "\r\x1b[K"
	spinner   = "⠁⠁⠉⠙⠚⠒⠂⠂⠒⠲⠴⠤⠄⠄⠤⠠⠠⠤⠦⠖⠒⠐⠐⠒⠓⠋⠉⠈⠈"
	barWidth  = 20
	redraw    = 100 * time.Millisecond
)

// draw shows a step in the changing line.
func (r *renderer) draw(e progress.Event) {
	if e.State.Final() {
		r.erase()
		fmt.Fprintf(r.out, "%s... %s\n", e.Text, ending(e))
		return
	}
	if e.State == progress.Running && time.Since(r.drawn) < redraw {
		return
	}
	r.drawn = time.Now()
	r.frame++
	frames := []rune(spinner)
	text := string(frames[r.frame%len(frames)]) + " " + r.describe(e)
	if runes := []rune(text); len(runes) >= r.width() {
		text = string(runes[:max(0, r.width()-1)])
	}
	io.WriteString(r.out, eraseLine+text)
	r.shown = true
}

func (r *renderer) describe(e progress.Event) string {
	done, total := e.Items.Done+e.Items.Cached, e.Items.Total
	if e.Task == "pull" && total > 0 {
		elapsed := time.Since(r.start[taskKey(e)]).Seconds()
		speed := uint64(float64(max(e.Bytes.Done, 0)) / max(elapsed, 0.001))
		return fmt.Sprintf("%s; %d%% (%d/%d) %s/s %s", e.Text, 100*done/total, done, total, size(speed), size(uint64(max(e.Bytes.Done, 0))))
	}
	if total > 0 {
		filled := int(min(done, total) * barWidth / total)
		return fmt.Sprintf("%s %*d/%d [%s%s]", e.Text, len(fmt.Sprint(total)), done, total, strings.Repeat("█", filled), strings.Repeat("░", barWidth-filled))
	}
	return e.Text + "..."
}

// size is a number of bytes for people, with an ordinary blank since scripts look for it.
func size(n uint64) string { return strings.ReplaceAll(humansize.Format(n), "\u00a0", " ") }

func (r *renderer) erase() {
	if r.shown {
		io.WriteString(r.out, eraseLine)
		r.shown = false
	}
}

// message prints a line that is no step.
func (r *renderer) message(line string) {
	if r.quiet {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.erase()
	r.breakLine()
	fmt.Fprintln(r.out, line)
}

// scripts is where the output of packages' scripts goes.
func (r *renderer) scripts() io.Writer { return scriptWriter{r} }

type scriptWriter struct{ r *renderer }

// Write prints whole lines.
func (w scriptWriter) Write(p []byte) (int, error) {
	w.r.message(strings.TrimSuffix(string(p), "\n"))
	return len(p), nil
}
