package config_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/ignition/config"
	"github.com/nestos-dev/nestos/ignition/config/internal/configgen"
	"github.com/nestos-dev/nestos/ignition/config/report"
)

func minimal(v config.Version) []byte {
	return fmt.Appendf(nil, `{"ignition":{"version":%q}}`, v)
}

func TestVersions(t *testing.T) {
	all := config.Versions()
	if len(all) != 8 || all[0] != "3.0.0" || all[7] != config.Newest || all[6] != config.NewestStable {
		t.Fatal(all)
	}
	want, err := json.Marshal(config.NewestEmpty())
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range all {
		cfg, rep, err := config.Parse(minimal(v))
		if err != nil || len(rep.Entries) > 0 {
			t.Fatalf("%s: %v\n%s", v, err, rep)
		}
		if got, err := config.Marshal(&cfg); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v: %s", v, err, got)
		}
		for j, other := range all {
			_, _, err := config.ParseVersion(minimal(v), other)
			if want := i == j; (err == nil) != want || err != nil && !errors.Is(err, config.ErrUnknownVersion) {
				t.Errorf("%s as %s: %v", v, other, err)
			}
			_, _, err = config.ParseCompatible(minimal(v), other)
			if want := i <= j; (err == nil) != want || err != nil && !errors.Is(err, config.ErrUnknownVersion) {
				t.Errorf("%s up to %s: %v", v, other, err)
			}
		}
	}
}

func TestErrors(t *testing.T) {
	for text, want := range map[string]error{
		"":                                 config.ErrEmpty,
		" ":                                config.ErrInvalid,
		"{}":                               config.ErrInvalidVersion,
		"null":                             config.ErrInvalidVersion,
		`{"ignition":{"version":"3"}}`:     config.ErrInvalidVersion,
		`{"ignition":{"version":"3.8.0"}}`: config.ErrUnknownVersion,
		`{"ignition":{"version":"9.0.0"},"storage":1}`: config.ErrUnknownVersion,
		`{"ignition":{"version":"3.4.0"},"storage":1}`: config.ErrInvalid,
	} {
		cfg, rep, err := config.Parse([]byte(text))
		if !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
		if got := len(rep.Entries); (got > 0) != errors.Is(err, config.ErrInvalid) {
			t.Errorf("%q: %d entries with %v", text, got, err)
		}
		if cfg.Ignition.Version != "" {
			t.Errorf("%q gives a config with its error", text)
		}
		doc, err := config.ParseDocument([]byte(text))
		if doc == nil || !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", text, err, want)
			continue
		}
		if pos := doc.Position(report.Path{"ignition", "version"}); pos.Known != json.Valid([]byte(text)) {
			t.Errorf("%q: %+v", text, pos)
		}
		doc.Entries()
	}
	for _, v := range []config.Version{"", "3.8.0"} {
		if _, _, err := config.ParseVersion(minimal("3.4.0"), v); err == nil {
			t.Errorf("%q is a version", v)
		}
		cfg := config.NewestEmpty()
		if !config.Validate(&cfg, v, nil).IsFatal() {
			t.Errorf("valid as version %q", v)
		}
	}
}

func TestTranslation(t *testing.T) {
	const text = `{"ignition":{"version":"%s"},"storage":{
		"files":[{"path":"/f","mode":2541}],"directories":[{"path":"/d","mode":1023}],
		"raid":[{"name":"r","level":"raid1","devices":["/a"]}],"links":[{"path":"/l","target":"/f"}],
		"luks":[{"name":"x","device":"/d","clevis":{"tang":[{"url":"http://t","thumbprint":"p","advertisement":"{}"}]}}]}}`
	for v, want := range map[string]struct {
		file, directory int
		advertisement   bool
	}{
		"3.0.0": {0o755, 0o777, false}, "3.3.0": {0o755, 0o777, false}, "3.4.0": {0o755, 0o777, true},
		"3.5.0": {0o755, 0o777, true}, "3.6.0": {0o4755, 0o1777, true},
	} {
		cfg, rep, err := config.Parse(fmt.Appendf(nil, text, v))
		if err != nil {
			t.Fatalf("%s: %v\n%s", v, err, rep)
		}
		file, directory := *cfg.Storage.Files[0].Mode, *cfg.Storage.Directories[0].Mode
		if file != want.file || directory != want.directory {
			t.Errorf("%s: modes %o and %o", v, file, directory)
		}
		if *cfg.Storage.Raid[0].Level != "raid1" || *cfg.Storage.Links[0].Target != "/f" {
			t.Errorf("%s: %+v", v, cfg.Storage)
		}
		kept := len(cfg.Storage.Luks) > 0 && cfg.Storage.Luks[0].Clevis.Tang[0].Advertisement != nil
		if kept != want.advertisement {
			t.Errorf("%s: advertisement kept: %v", v, kept)
		}
	}
}

func TestValidateOptions(t *testing.T) {
	cfg := config.NewestEmpty()
	cfg.KernelArguments.ShouldExist = append(cfg.KernelArguments.ShouldExist, "a", "a")
	if rep := config.Validate(&cfg, config.Newest, nil); rep.String() != "error at $.kernelArguments.shouldExist.1: duplicate entry defined\n" {
		t.Error(rep)
	}
	if rep := config.Validate(&cfg, config.Newest, &config.ValidateOptions{NoDuplicates: true}); len(rep.Entries) > 0 {
		t.Error(rep)
	}
	if rep := config.Validate(&cfg, "3.4.0", nil); !strings.Contains(rep.String(), "$.ignition.version: unsupported config version") {
		t.Error(rep)
	}
}

func TestEntries(t *testing.T) {
	doc, err := config.ParseDocument([]byte(`{"ignition":{"version":"3.5.0"},
"storage":{
"disks":[
{"device":"/dev/vda","partitions":[
{"number":1},
{"label":"root"}]}],
"raid":[
{"name":"r","level":"1","devices":["/a"]}],
"luks":[
{"name":"x","device":"/d"}],
"filesystems":[
{"device":"/dev/x"}],
"files":[
{"path":"/f"}],
"directories":[
{"path":"/d"}],
"links":[
{"path":"/l","target":"x"}]},
"systemd":{"units":[
{"name":"a.service","dropins":[
{"name":"1.conf"}]}]},
"passwd":{"users":[
{"name":"core"}],"groups":[
{"name":"wheel"}]},
"kernelArguments":
{"shouldExist":[
"quiet"],"shouldNotExist":[
"debug"]}}`))
	if err != nil {
		t.Fatal(err, doc.Report)
	}
	want := map[string]int{
		"disks:/dev/vda": 4, "partitions:/dev/vda:number:1": 5, "partitions:/dev/vda:label:root": 6, "raid:r": 8, "luks:x": 10,
		"filesystems:/dev/x": 12, "files:/f": 14, "directories:/d": 16, "links:/l": 18, "units:a.service": 20, "dropins:a.service:1.conf": 21,
		"users:core": 23, "groups:wheel": 24, "kernelArguments": 26, "kernelArguments:quiet": 27, "kernelArguments:debug": 28,
	}
	got := map[string]int{}
	for id, pos := range doc.Entries() {
		got[id] = pos.Line
	}
	if !maps.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// checkRoundTrip writes a config that could be read and reads it again.
func checkRoundTrip(t *testing.T, text []byte) {
	t.Helper()
	doc, err := config.ParseDocument(text)
	if doc.Report.IsFatal() != errors.Is(err, config.ErrInvalid) {
		t.Fatalf("%q: %v\n%s", text, err, doc.Report)
	}
	doc.Entries()
	if err != nil {
		return
	}
	first, err := config.Marshal(&doc.Config)
	if err != nil {
		t.Fatal(err)
	}
	var cfg config.Config
	if doc.Version == config.Newest {
		var rep report.Report
		if cfg, rep, err = config.Parse(first); err != nil {
			t.Fatalf("%q became %q: %v\n%s", text, first, err, rep)
		}
	} else if err := json.Unmarshal(first, &cfg); err != nil {
		// Newer versions have stricter rules, so only its form is sure.
		t.Fatal(err)
	}
	second, err := config.Marshal(&cfg)
	if err != nil || !bytes.Equal(first, second) {
		t.Fatalf("%q became %q, then %q: %v", text, first, second, err)
	}
}

func TestRoundTrip(t *testing.T) {
	valid := 0
	for seed := range uint64(600) {
		g := configgen.New(seed)
		g.Odd = []int{0, 2, 20}[seed%3]
		g.Broken = seed%10 == 9
		text := g.Config()
		checkRoundTrip(t, text)
		if _, _, err := config.Parse(text); err == nil {
			valid++
		}
	}
	if valid < 50 {
		t.Errorf("only %d of the configs are valid", valid)
	}
}

func FuzzParse(f *testing.F) {
	for _, v := range config.Versions() {
		f.Add(minimal(v))
	}
	for seed := range uint64(40) {
		g := configgen.New(seed)
		g.Broken = seed%4 == 0
		f.Add(slices.Clone(g.Config()))
	}
	f.Fuzz(checkRoundTrip)
}

// TestBombs parses a megabyte of what could take quadratic time or much memory.
func TestBombs(t *testing.T) {
	fill := func(format string) string {
		var b strings.Builder
		for i := 0; b.Len() < 1<<20; i++ {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	for name, text := range map[string]string{
		"unknown keys":  `"storage":{` + fill(`"k%d":1`) + `}`,
		"one key":       `"storage":{` + strings.Repeat(`"files":[{},{}],`, 60000) + `"x":1}`,
		"bad files":     fill(`"x":%d`) + `,"storage":{"files":[` + fill(`{"path":"%d"}`) + `]}`,
		"partitions":    `"storage":{"disks":[{"device":"/d","partitions":[` + fill(`{"number":%d,"startMiB":9,"sizeMiB":9}`) + `]}]}`,
		"nesting":       `"x":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000),
		"deep":          `"x":` + strings.Repeat("[", 1<<19) + strings.Repeat("]", 1<<19),
		"links":         `"storage":{"links":[` + fill(`{"path":"/%d","target":"/x","hard":true}`) + `],"directories":[` + fill(`{"path":"/x","mode":%d}`) + `]}`,
		"slashes":       `"storage":{"links":[` + fill(`{"path":"/%d","target":"/x"}`) + `],"files":[{"path":"` + strings.Repeat("/", 1<<20) + `"}]}`,
		"unit prologue": `"systemd":{"units":[{"name":"a.service","contents":"` + strings.Repeat(strings.Repeat("x", 2000)+`\n`, 500) + `"}]}`,
		"lines":         strings.Repeat("\n", 1<<20) + `"y":` + strings.Repeat("\n", 10),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, rep, err := config.Parse([]byte(`{"ignition":{"version":"3.4.0"},` + text + `}`))
			if took := time.Since(start); took > 2*time.Minute {
				t.Errorf("took %v: %v, %d entries", took, err, len(rep.Entries))
			}
		})
	}
}

// BenchmarkParse reads five megabytes of small files and units. Ignition 2.26,
// measured beside it, takes 23 times as long for 3.7.0-experimental and 100 times
// as long for 3.0.0, and allocates 40 times as much.
func BenchmarkParse(b *testing.B) {
	for _, v := range []config.Version{"3.0.0", config.Newest} {
		b.Run(string(v), func(b *testing.B) {
			raw := large(v)
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := config.Parse(raw); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func large(v config.Version) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"ignition":{"version":%q},"storage":{"files":[{"path":"/etc/first"}`, v)
	for i := 0; b.Len() < 4_000_000; i++ {
		fmt.Fprintf(&b, `,{"path":"/etc/conf.d/file-%d","mode":420,"user":{"name":"core"},"contents":{"source":"data:,hello%%20world%d","compression":"gzip","verification":{}}}`, i, i)
	}
	b.WriteString(`]},"systemd":{"units":[{"name":"first.service"}`)
	for i := 0; b.Len() < 5_000_000; i++ {
		fmt.Fprintf(&b, `,{"name":"u%d.service","enabled":true,"contents":"[Unit]\nDescription=unit %d\n[Service]\nExecStart=/usr/bin/true\n[Install]\nWantedBy=multi-user.target\n","dropins":[{"name":"10.conf","contents":"[Service]\nEnvironment=A=%d\n"}]}`, i, i, i)
	}
	b.WriteString(`]}}`)
	return b.Bytes()
}
