package provision

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/ignition/config/report"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/provision/plan"
)

// ConfigError is a config that is not valid.
type ConfigError struct {
	// Source is where the config comes from: a URL, a path, the name of the platform, or
	// "config" if the caller gave it; empty: it is the merged one.
	Source string
	// Report says what is wrong with it.
	Report report.Report
	// Err is the error of parsing.
	Err error
}

// Error is the text of Err, "config is not valid", with the first error of the report.
// Ignition's logs have the text of Err alone, after the report.
func (e *ConfigError) Error() string {
	for _, entry := range e.Report.Entries {
		if entry.Kind == report.Error {
			return e.Err.Error() + ": " + printable(entry.String())
		}
	}
	return e.Err.Error()
}

// Unwrap returns Err.
func (e *ConfigError) Unwrap() error { return e.Err }

// LogText is the text of an error as Ignition logs it: where a config is not valid it does not
// say why, which the log has said before.
func LogText(err error) string {
	text := err.Error()
	if invalid, ok := errors.AsType[*ConfigError](err); ok {
		text = strings.Replace(text, invalid.Error(), invalid.Err.Error(), 1)
	}
	return text
}

// Failure is a stage that failed, and all that a person at the console needs.
type Failure struct {
	// Stage is the stage that failed.
	Stage Stage
	// Config is the merged config, nil if it never came to be. It holds secrets.
	Config *types.Config
	// Entry is the place in Config that the stage was at, as in
	// "$.storage.files.3"; empty if unknown.
	Entry string
	// Name is the identity of the entry, as in "files:/etc/motd".
	Name string
	// Origin is where its author wrote it; zero if unknown.
	Origin Origin
	// Err is the cause.
	Err error
}

// Error is the text of the cause.
func (f *Failure) Error() string { return f.Err.Error() }

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

func (e *Engine) failure(stage Stage, cfg *types.Config, err error) *Failure {
	f := &Failure{Stage: stage, Config: cfg, Err: err}
	if ref, ok := errors.AsType[*ReferenceError](err); ok {
		f.Entry, f.Name = ref.Entry, ref.URL
	}
	if step, ok := errors.AsType[*plan.StepError](err); ok && cfg != nil {
		f.Entry = step.Step.Entry
		f.Name = identity(cfg, f.Entry)
		f.Origin, _ = e.origins.find(f.Name)
	}
	return f
}

// Dump is Ignition's own message for a failed stage: its name and the whole
// config, here with secrets redacted. Empty without a config.
func (f *Failure) Dump() string {
	if f.Config == nil {
		return ""
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s failed\nFull config:\n", f.Stage)
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(Redact(*f.Config)); err != nil {
		fmt.Fprintf(&b, "Could not marshal full config: %v\n", err)
	}
	return b.String()
}

// Limits of a summary: it has to fit a screen of 25 lines.
const (
	summaryWidth   = 1000 // bytes of the cause
	summaryEntries = 8    // findings of a report
)

// Summary is one screen for a person: what failed, where in which config, why,
// and what to do next. It has no secrets.
func (f *Failure) Summary() string {
	var b strings.Builder
	b.WriteString("\nThis machine is not what its config says, so it will not boot.\n\n")
	field := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "  %-7s %s\n", name+":", value)
		}
	}
	field("stage", string(f.Stage))
	if f.Entry != "" {
		where := f.Entry
		if f.Name != "" {
			where += " (" + printable(f.Name) + ")"
		}
		field("entry", where)
	}
	invalid, isInvalid := errors.AsType[*ConfigError](f.Err)
	if isInvalid && invalid.Source != "" {
		field("config", printable(invalid.Source))
	} else if f.Origin.Line > 0 {
		field("config", fmt.Sprintf("%s, line %d, column %d", printable(f.Origin.Source), f.Origin.Line, f.Origin.Col))
	}
	field("cause", printable(LogText(f.Err))) // the findings follow
	if isInvalid {
		writeFindings(&b, invalid)
	}
	field("next", f.nextStep())
	b.WriteString("\n")
	return b.String()
}

func writeFindings(b *strings.Builder, invalid *ConfigError) {
	n := 0
	for _, entry := range invalid.Report.Entries {
		if entry.Kind != report.Error {
			continue
		}
		if n++; n <= summaryEntries {
			fmt.Fprintf(b, "          %s\n", printable(entry.String()))
		}
	}
	if n > summaryEntries {
		fmt.Fprintf(b, "          … and %d more\n", n-summaryEntries)
	}
}

// printable keeps a text from the config or the network to one line of
// reasonable length, without control characters.
func printable(s string) string {
	if len(s) > summaryWidth {
		s = s[:summaryWidth] + "…"
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	return strings.Map(func(r rune) rune {
		if strconv.IsPrint(r) {
			return r
		}
		return ' '
	}, s)
}

// identity is the key of the entry at a path of a config, as config.Document's
// Entries names it.
func identity(cfg *types.Config, entry string) string {
	p := strings.Split(strings.TrimPrefix(entry, "$."), ".")
	if len(p) < 2 {
		return ""
	}
	if p[0] == "kernelArguments" {
		return p[0]
	}
	if len(p) < 3 {
		return ""
	}
	i, err := strconv.Atoi(p[2])
	if err != nil || i < 0 {
		return ""
	}
	name, ok := entryName(cfg, p[0]+"."+p[1], i)
	if !ok {
		return ""
	}
	return p[1] + ":" + name
}

func entryName(cfg *types.Config, list string, i int) (string, bool) {
	switch list {
	case "storage.disks":
		return at(cfg.Storage.Disks, i, func(d types.Disk) string { return d.Device })
	case "storage.raid":
		return at(cfg.Storage.Raid, i, func(r types.Raid) string { return r.Name })
	case "storage.luks":
		return at(cfg.Storage.Luks, i, func(l types.Luks) string { return l.Name })
	case "storage.filesystems":
		return at(cfg.Storage.Filesystems, i, func(f types.Filesystem) string { return f.Device })
	case "storage.files":
		return at(cfg.Storage.Files, i, func(f types.File) string { return f.Path })
	case "storage.directories":
		return at(cfg.Storage.Directories, i, func(d types.Directory) string { return d.Path })
	case "storage.links":
		return at(cfg.Storage.Links, i, func(l types.Link) string { return l.Path })
	case "systemd.units":
		return at(cfg.Systemd.Units, i, func(u types.Unit) string { return u.Name })
	case "passwd.users":
		return at(cfg.Passwd.Users, i, func(u types.PasswdUser) string { return u.Name })
	case "passwd.groups":
		return at(cfg.Passwd.Groups, i, func(g types.PasswdGroup) string { return g.Name })
	}
	return "", false
}

func at[T any](list []T, i int, name func(T) string) (string, bool) {
	if i >= len(list) {
		return "", false
	}
	return name(list[i]), true
}
