package rpmostree

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree/object"
)

// TextOptions say how descriptions for people look.
type TextOptions struct {
	Verbose    bool // every key, and lists in full
	Advisories bool // each advisory in full
	BootedOnly bool // only the booted deployment
	Width      int  // columns of the terminal; 0 means 80
	Color      bool // red and bold for what deserves it
	ASCII      bool // for terminals without UTF-8
}

// Activity is what a status tells of the running system beside its deployments. The zero value is an idle system
// without automatic updates.
type Activity struct {
	Title     string // of the transaction that is running; empty means none
	Initiator string // who started it
	// FinalizeFailure is why the last shutdown did not finalize the staged deployment; empty if it did.
	FinalizeFailure string
	// DriverState is the state of the unit that drives updates, "active; polling".
	DriverState string
	Policy      UpdatePolicy
	// TimerState tells of the unit that runs automatic updates, "rpm-ostreed-automatic.timer: no runs since boot".
	TimerState string
}

// textKeyWidth is the width of the keys of a deployment, textUpdateWidth that of an update's.
const (
	textKeyWidth    = len("InactiveRemoteOverrides")
	textUpdateWidth = len("SecAdvisories")
)

// WriteStatusText writes a status for people. A nil a is the zero value, and so is a nil o.
func (s *System) WriteStatusText(ctx context.Context, w io.Writer, st *Status, a *Activity, o *TextOptions) error {
	if a == nil {
		a = &Activity{}
	}
	t := newStatusText(o)
	t.activity(a, st.Driver)
	printed, err := t.deployments(ctx, s, st)
	if err != nil {
		return err
	}
	if st.CachedUpdate != nil && !printed && cmp.Or(a.Policy, PolicyNone) != PolicyNone {
		t.printf("\n")
		t.update(st.CachedUpdate.Value())
	}
	_, err = w.Write(t.b.Bytes())
	return err
}

// WriteText writes a single deployment for people, as it stands in a status.
func (i *DeploymentInfo) WriteText(w io.Writer, o *TextOptions) error {
	t := newStatusText(o)
	t.title(i.Dict.Value(), "")
	t.deployment(i.Dict.Value(), &deploymentContext{first: true})
	_, err := w.Write(t.b.Bytes())
	return err
}

// WriteUpdateText writes what a check for updates found, the dictionary of [System.CachedUpdate].
func WriteUpdateText(w io.Writer, update *object.Dict, o *TextOptions) error {
	t := newStatusText(o)
	t.update(update.Value())
	_, err := w.Write(t.b.Bytes())
	return err
}

// statusText collects the text.
type statusText struct {
	b bytes.Buffer
	o TextOptions
}

func newStatusText(o *TextOptions) *statusText {
	t := &statusText{}
	if o != nil {
		t.o = *o
	}
	if t.o.Width == 0 {
		t.o.Width = 80
	}
	return t
}

func (t *statusText) printf(format string, args ...any) { fmt.Fprintf(&t.b, format, args...) }

// kv writes a key and a value, right- and left-aligned at the colon.
func (t *statusText) kv(width int, key, value string) {
	sep := ": "
	if key == "" {
		sep = "  "
	}
	t.printf("  %*s%s%s\n", width, key, sep, value)
}

// kvs writes a key with a value of several lines.
func (t *statusText) kvs(width int, key string, lines []string) {
	for _, l := range lines {
		t.kv(width, key, l)
		key = ""
	}
}

// key is kv for deployments; nothing is written without a value.
func (t *statusText) key(key, value string) {
	if value != "" {
		t.kv(textKeyWidth, key, value)
	}
}

// alarm writes a key in red.
func (t *statusText) alarm(key, value string) {
	if value == "" {
		return
	}
	t.red(func() { t.kv(textKeyWidth, key, value) })
}

func (t *statusText) red(write func()) {
	if t.o.Color {
		t.printf("\x1b[31m\x1b[1m")
	}
	write()
	if t.o.Color {
		t.printf("\x1b[22m\x1b[0m")
	}
}

// glyph chooses between a character and what stands for it.
func (t *statusText) glyph(fancy, plain string) string {
	if t.o.ASCII {
		return plain
	}
	return fancy
}

func (t *statusText) branch(last bool) string {
	if last {
		return t.glyph("└─", "`-")
	}
	return t.glyph("├─", "|-")
}

// words writes a list of words, sorted and wrapped at the width of the terminal, leaving out some.
func (t *statusText) words(key string, list, without []string) {
	var quoted []string
	for _, w := range list {
		if !slices.Contains(without, w) {
			quoted = append(quoted, quoteWord(w))
		}
	}
	if len(quoted) == 0 {
		return
	}
	slices.SortStableFunc(quoted, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	t.kvs(textKeyWidth, key, wrapWords(quoted, t.area()))
}

// area is the room right of the keys. A checksum always needs 64 columns, so that less would not help.
func (t *statusText) area() int {
	const left = textKeyWidth + len("  : ")
	if left >= t.o.Width {
		return 1 << 30 // not even the keys have room
	}
	return max(64, t.o.Width-left)
}

// wrapWords joins words to lines of a width; words that are longer have lines of their own.
func wrapWords(words []string, width int) []string {
	var lines []string
	line := ""
	for _, w := range words {
		switch {
		case line == "":
			line = w
		case len(line)+1+len(w) <= width:
			line += " " + w
		default:
			lines, line = append(lines, line), w
		}
	}
	return append(lines, line)
}

// quoteWord quotes a word as a shell needs it, if it does.
func quoteWord(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-._/=:@+", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// QuoteCommandLine joins the arguments of a command line to one that a shell would split the same way.
func QuoteCommandLine(args []string) string {
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = quoteWord(a)
	}
	return strings.Join(quoted, " ")
}

// utcTime is the form of times in a status.
func utcTime(unix uint64) string {
	return time.Unix(int64(unix), 0).UTC().Format("2006-01-02T15:04:05Z")
}

// activity writes what happens, and who takes care of updates.
func (t *statusText) activity(a *Activity, driver *UpdateDriver) {
	state := "idle"
	if a.Title != "" {
		state = "busy"
	}
	t.printf("State: %s\n", state)
	if a.FinalizeFailure != "" {
		t.red(func() {
			t.printf("Warning: failed to finalize previous deployment\n%s\n", indent(a.FinalizeFailure, "         "))
			t.printf("         check `journalctl -b -1 -u ostree-finalize-staged.service`\n")
		})
	}
	switch policy := cmp.Or(a.Policy, PolicyNone); {
	case driver != nil:
		name := driver.Name
		if t.o.Verbose {
			name += " (" + driver.Unit + ")"
		}
		t.printf("AutomaticUpdatesDriver: %s\n", name)
		if a.DriverState != "" {
			t.printf("  DriverState: %s\n", a.DriverState)
		}
	case policy != PolicyNone:
		t.printf("AutomaticUpdates: %s; %s\n", policy, cmp.Or(a.TimerState, "rpm-ostreed-automatic.timer: unknown state"))
	case t.o.Verbose:
		t.printf("AutomaticUpdates: disabled\n")
	}
	if a.Title != "" {
		t.printf("Transaction: %s\n", a.Title)
		if a.Initiator != "" {
			t.printf("  Initiator: %s\n", a.Initiator)
		}
	}
}

func indent(text, with string) string {
	return with + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n"+with)
}

// deploymentContext is what a deployment's text depends on beside the deployment.
type deploymentContext struct {
	first, severalRoots bool
	update              gvariant.Value // cached update that was computed for this deployment
	diff                *packageDiff   // to the booted deployment, of the pending one
}

// deployments writes the list, and tells whether the cached update was shown with one.
func (t *statusText) deployments(ctx context.Context, s *System, st *Status) (printedUpdate bool, err error) {
	title := "Deployments:\n"
	if t.o.BootedOnly {
		title = "BootedDeployment:\n"
	}
	t.printf("%s", title)
	booted := slices.IndexFunc(st.Deployments, func(i *DeploymentInfo) bool { return i.Flag("booted") })
	several := slices.ContainsFunc(st.Deployments, func(i *DeploymentInfo) bool { return i.Text("osname") != st.Deployments[0].Text("osname") })
	for n, i := range st.Deployments {
		if t.o.BootedOnly && n != booted {
			continue
		}
		if n > 0 && !t.o.BootedOnly {
			t.printf("\n")
		}
		c := &deploymentContext{first: n == 0, severalRoots: several}
		pending := n == 0 && booted > 0 && st.Deployments[booted].Text("osname") == i.Text("osname")
		switch {
		case !pending:
		case st.CachedUpdate != nil && textOf(st.CachedUpdate.Value(), "deployment") == i.Text("id"):
			c.update, printedUpdate = st.CachedUpdate.Value(), true
		default:
			if c.diff, err = s.compareCommits(ctx, st.Deployments[booted].Deployment.Commit, i.Deployment.Commit); err != nil {
				return false, err
			}
		}
		t.title(i.Dict.Value(), fmt.Sprintf(" (index: %d)", n))
		t.deployment(i.Dict.Value(), c)
	}
	return printedUpdate, nil
}
