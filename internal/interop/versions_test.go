package interop

import (
	"fmt"
	"slices"
	"testing"

	p30 "github.com/coreos/ignition/v2/config/v3_0"
	u30 "github.com/coreos/ignition/v2/config/v3_0/types"
	p31 "github.com/coreos/ignition/v2/config/v3_1"
	u31 "github.com/coreos/ignition/v2/config/v3_1/types"
	p32 "github.com/coreos/ignition/v2/config/v3_2"
	u32 "github.com/coreos/ignition/v2/config/v3_2/types"
	p33 "github.com/coreos/ignition/v2/config/v3_3"
	u33 "github.com/coreos/ignition/v2/config/v3_3/types"
	p34 "github.com/coreos/ignition/v2/config/v3_4"
	u34 "github.com/coreos/ignition/v2/config/v3_4/types"
	p35 "github.com/coreos/ignition/v2/config/v3_5"
	u35 "github.com/coreos/ignition/v2/config/v3_5/types"
	p36 "github.com/coreos/ignition/v2/config/v3_6"
	u36 "github.com/coreos/ignition/v2/config/v3_6/types"
	p37 "github.com/coreos/ignition/v2/config/v3_7_experimental"
	u37 "github.com/coreos/ignition/v2/config/v3_7_experimental/types"
	"github.com/coreos/ignition/v2/config/validate"
	"github.com/coreos/vcontext/report"
	ourreport "github.com/nestos-dev/nestos/ignition/config/report"
	"github.com/nestos-dev/nestos/ignition/config/v3_0"
	"github.com/nestos-dev/nestos/ignition/config/v3_1"
	"github.com/nestos-dev/nestos/ignition/config/v3_2"
	"github.com/nestos-dev/nestos/ignition/config/v3_3"
	"github.com/nestos-dev/nestos/ignition/config/v3_4"
	"github.com/nestos-dev/nestos/ignition/config/v3_5"
	"github.com/nestos-dev/nestos/ignition/config/v3_6"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental"
)

// validators check a text with the rules of a version and without its positions.
var validators = []func(text []byte) (kind, detail string){
	validateBoth[u30.Config](v3_0.Validate), validateBoth[u31.Config](v3_1.Validate),
	validateBoth[u32.Config](v3_2.Validate), validateBoth[u33.Config](v3_3.Validate),
	validateBoth[u34.Config](v3_4.Validate), validateBoth[u35.Config](v3_5.Validate),
	validateBoth[u36.Config](v3_6.Validate), validateBoth[u37.Config](v3_7_experimental.Validate),
}

// TestValidate compares the checks of configs that have no text.
func TestValidate(t *testing.T) {
	compare(t, 1, func(s source) (string, string) {
		g := newGenerator(s)
		return validators[g.version.minor](g.plain())
	})
}

func validateBoth[Theirs, Ours any](check func(Ours) ourreport.Report) func([]byte) (string, string) {
	return func(text []byte) (kind, detail string) {
		want := validate.ValidateWithContext(decode[Theirs](text), nil)
		a := outcome{report: lines(check(decode[Ours](text)).String())}.alike(text).report
		b := outcome{report: lines(want.String())}.alike(text).report
		if slices.Equal(a, b) {
			return "", ""
		}
		return "Validate: " + kindOf(a, b), fmt.Sprintf("config %s\n%s", text, reportDiff(a, b))
	}
}

// parser parses a text with the package of one version.
type parser func(text []byte) outcome

// parsersOf are Parse and ParseCompatibleVersion of one version, ours and theirs.
type parsersOf struct {
	name                  string
	exact, compatible     parser
	upExact, upCompatible parser // upstream's
}

var parsers = []parsersOf{
	{"3.0.0", ours(v3_0.Parse), ours(v3_0.ParseCompatibleVersion), theirs(p30.Parse), theirs(p30.ParseCompatibleVersion)},
	{"3.1.0", ours(v3_1.Parse), ours(v3_1.ParseCompatibleVersion), theirs(p31.Parse), theirs(p31.ParseCompatibleVersion)},
	{"3.2.0", ours(v3_2.Parse), ours(v3_2.ParseCompatibleVersion), theirs(p32.Parse), theirs(p32.ParseCompatibleVersion)},
	{"3.3.0", ours(v3_3.Parse), ours(v3_3.ParseCompatibleVersion), theirs(p33.Parse), theirs(p33.ParseCompatibleVersion)},
	{"3.4.0", ours(v3_4.Parse), ours(v3_4.ParseCompatibleVersion), theirs(p34.Parse), theirs(p34.ParseCompatibleVersion)},
	{"3.5.0", ours(v3_5.Parse), ours(v3_5.ParseCompatibleVersion), theirs(p35.Parse), theirs(p35.ParseCompatibleVersion)},
	{"3.6.0", ours(v3_6.Parse), ours(v3_6.ParseCompatibleVersion), theirs(p36.Parse), theirs(p36.ParseCompatibleVersion)},
	{"3.7.0-experimental", ours(v3_7_experimental.Parse), ours(v3_7_experimental.ParseCompatibleVersion), theirs(p37.Parse), theirs(p37.ParseCompatibleVersion)},
}

func ours[C any](parse func([]byte) (C, ourreport.Report, error)) parser {
	return func(text []byte) outcome {
		cfg, rpt, err := parse(text)
		return outcomeOf(cfg, rpt.String(), err)
	}
}

func theirs[C any](parse func([]byte) (C, report.Report, error)) parser {
	return func(text []byte) outcome {
		cfg, rpt, err := parse(text)
		return outcomeOf(cfg, rpt.String(), err)
	}
}

func outcomeOf(cfg any, rpt string, err error) outcome {
	if err != nil {
		return outcome{err: err.Error(), report: lines(rpt)}
	}
	return outcome{report: lines(rpt), cache: string(mustMarshal(cfg))}
}

// TestVersions compares the packages of single versions, with configs of their own and
// of other versions.
func TestVersions(t *testing.T) {
	compare(t, 1, func(s source) (string, string) {
		text := newGenerator(s).text()
		p := pick(s, parsers...)
		if kind, detail := differ("Parse", p.name, text, p.exact, p.upExact); kind != "" {
			return kind, detail
		}
		return differ("ParseCompatibleVersion", p.name, text, p.compatible, p.upCompatible)
	})
}

func differ(function, version string, text []byte, ours, theirs parser) (kind, detail string) {
	want, panicked := attempt(theirs, text)
	if panicked {
		return "", ""
	}
	a, b := ours(text).alike(text), want.alike(text)
	if a.err == b.err && a.cache == b.cache && slices.Equal(a.report, b.report) {
		return "", ""
	}
	return function + ": " + kindOf(append(a.report, a.err), append(b.report, b.err)),
		fmt.Sprintf("version %s, config %s\nours   %+v\ntheirs %+v", version, text, a, b)
}

// attempt also tells whether the parser panicked, as upstream's do on some inputs.
func attempt(p parser, text []byte) (o outcome, panicked bool) {
	defer func() { panicked = recover() != nil }()
	return p(text), false
}
