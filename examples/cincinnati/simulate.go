package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/clap"
	"github.com/nestos-dev/nestos/zincati/cincinnati/simulate"
)

func simulateCommand() *clap.Command {
	return &clap.Command{
		Name: "simulate", About: "Let a fleet of nodes follow a graph and print how many run which release when",
		Args: append(sourceArgs(),
			&clap.Arg{Long: "nodes", Value: "N", Default: "100000", Parse: parseCount(1, 100_000_000), Help: "Nodes of the fleet"},
			&clap.Arg{Long: "days", Value: "D", Default: "2", Parse: parseDays, Help: "Length, also with a fraction"},
			&clap.Arg{Long: "at", Value: "TIME", Parse: parseTime, Help: "Start: RFC 3339, a date, or Unix seconds [default: an hour before the first rollout]"},
			&clap.Arg{Long: "from", Value: "VERSION[=WEIGHT]", Repeat: true, Parse: parseShare,
				Help: "Release that nodes run at the start, and its share of the fleet; may be repeated [default: the newest for everybody]"},
			&clap.Arg{Long: "interval", Value: "SECS", Default: "300", Parse: parseCount(1, 30*86400), Help: "Time between two checks of a node"},
			&clap.Arg{Long: "stage", Value: "DELAY", Parse: parseDelay, Help: "Time to download and deploy: 90s, 2m..10m, or with a long tail 2m..10m~"},
			&clap.Arg{Long: "reboot", Value: "DELAY", Parse: parseDelay, Help: "Time from the reboot to the new release"},
			&clap.Arg{Long: "window", Value: "DAY,HH:MM,MINUTES", Repeat: true, Parse: parseWindow,
				Help: "When nodes may reboot (UTC), such as Sat,22:30,90; may be repeated [default: always]"},
			&clap.Arg{Long: "lock-groups", Value: "N", Default: "0", Parse: parseCount(0, 100_000_000), Help: "Reboot lock groups that the nodes are divided into; 0 is no locks"},
			&clap.Arg{Long: "slots", Value: "N", Default: "1", Parse: parseCount(1, 100_000_000), Help: "Nodes of a lock group that may reboot at a time"},
			&clap.Arg{Long: "step", Value: "MINUTES", Default: "10", Parse: parseCount(1, 100_000), Help: "Time between two samples"},
			&clap.Arg{Long: "seed", Value: "N", Default: "0", Parse: parseSeed, Help: "Another number is another fleet"},
			&clap.Arg{Long: "csv", Value: "FILE", Help: "Write the curves as a table; - is standard output"},
			&clap.Arg{Long: "svg", Value: "FILE", Help: "Write the curves as a picture; - is standard output"}),
		Groups: []clap.Group{sourceGroup()},
		Do:     action(runSimulation),
	}
}

func runSimulation(ctx context.Context, p *program, m *clap.Matches) error {
	if m.String("csv") == "-" && m.String("svg") == "-" {
		return errors.New("only one of --csv and --svg can go to standard output")
	}
	g, err := p.graph(ctx, m)
	if err != nil {
		return err
	}
	f := simulate.Fleet{
		Nodes:      clap.Value[int](m, "nodes"),
		Length:     clap.Value[time.Duration](m, "days"),
		Step:       time.Duration(clap.Value[int](m, "step")) * time.Minute,
		Seed:       clap.Value[uint64](m, "seed"),
		From:       clap.Values[simulate.Share](m, "from"),
		Interval:   time.Duration(clap.Value[int](m, "interval")) * time.Second,
		Windows:    clap.Values[simulate.Window](m, "window"),
		LockGroups: clap.Value[int](m, "lock-groups"),
		Slots:      clap.Value[int](m, "slots"),
		Start:      clap.Value[time.Time](m, "at"),
		Stage:      clap.Value[simulate.Delay](m, "stage"),
		Reboot:     clap.Value[simulate.Delay](m, "reboot"),
	}
	if len(g.Nodes) == 0 {
		return noReleases(m)
	}
	c, err := simulate.Run(ctx, g, f)
	if errors.Is(err, simulate.ErrNoStart) {
		return errors.New("the graph has no rollout to begin with: say with --at when the simulation starts, and with --from which releases nodes run then")
	}
	if err != nil {
		return fmt.Errorf("simulating: %w", err)
	}
	summary := true
	for _, out := range []struct {
		name  string
		write func(io.Writer) error
	}{{"csv", c.WriteCSV}, {"svg", c.WriteSVG}} {
		if !m.Has(out.name) {
			continue
		}
		if err := p.writeFile(m.String(out.name), out.write); err != nil {
			return err
		}
		summary = summary && m.String(out.name) != "-"
	}
	if summary {
		return c.WriteText(p.stdout)
	}
	return nil
}

func (p *program) writeFile(name string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	if name == "-" {
		_, err := p.stdout.Write(b.Bytes())
		return err
	}
	if err := replaceFile(name, b.Bytes()); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

// replaceFile replaces a file as a whole. What a link points to is replaced and not the link, and devices and pipes are
// written to.
func replaceFile(name string, data []byte) error {
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		return os.WriteFile(name, data, 0o644)
	}
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target
	} else if _, err := os.Lstat(name); err == nil { // a link to nowhere
		return os.WriteFile(name, data, 0o644)
	}
	return atomicfile.WriteFile(name, data, 0o644, nil)
}

func parseCount(least, most int) clap.Parser {
	return func(text string) (any, error) {
		n, err := strconv.Atoi(text)
		if err != nil || n < least || n > most {
			return nil, fmt.Errorf("not a number from %d to %d", least, most)
		}
		return n, nil
	}
}

func parseSeed(text string) (any, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return nil, errors.New("not a number")
	}
	return n, nil
}

func parseDays(text string) (any, error) {
	d, err := strconv.ParseFloat(text, 64)
	if err != nil || !(d > 0 && d <= 90) {
		return nil, errors.New("not a number of days up to 90")
	}
	return max(time.Duration(d*24*float64(time.Hour)).Round(time.Minute), time.Minute), nil
}

func parseDelay(text string) (any, error) { return simulate.ParseDelay(text) }

func parseShare(text string) (any, error) {
	version, weight, weighed := strings.Cut(text, "=")
	s := simulate.Share{Version: version, Weight: 1}
	if weighed {
		w, err := strconv.ParseFloat(weight, 64)
		if err != nil || !(w > 0 && w <= 1e9) {
			return nil, errors.New("not a weight")
		}
		s.Weight = w
	}
	if version == "" {
		return nil, errors.New("no version")
	}
	return s, nil
}

var days = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

func parseWindow(text string) (any, error) {
	bad := errors.New("not like Sat,22:30,90")
	parts := strings.Split(text, ",")
	if len(parts) != 3 {
		return nil, bad
	}
	start, err := time.Parse("15:04", parts[1])
	if err != nil {
		return nil, bad
	}
	minutes, err := strconv.Atoi(parts[2])
	if err != nil || minutes < 1 || minutes > 7*24*60 {
		return nil, bad
	}
	for i, d := range days {
		if strings.EqualFold(d, parts[0]) {
			from := time.Duration(i*24+start.Hour())*time.Hour + time.Duration(start.Minute())*time.Minute
			return simulate.Window{Start: from, Length: time.Duration(minutes) * time.Minute}, nil
		}
	}
	return nil, bad
}
