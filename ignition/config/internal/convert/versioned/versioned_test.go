package versioned_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ignition/config"
	"github.com/nestos-dev/nestos/ignition/config/report"
	"github.com/nestos-dev/nestos/ignition/config/v3_0"
	"github.com/nestos-dev/nestos/ignition/config/v3_2"
	"github.com/nestos-dev/nestos/ignition/config/v3_4"
	v34 "github.com/nestos-dev/nestos/ignition/config/v3_4/types"
	"github.com/nestos-dev/nestos/ignition/config/v3_6"
	newest "github.com/nestos-dev/nestos/ignition/config/v3_7_experimental"
)

// withMode is a config of a version with a file that has a sticky bit.
func withMode(version string) []byte {
	return []byte(`{"ignition":{"version":"` + version + `"},"storage":{"files":[{"path":"/f","mode":1023}]}}`)
}

func TestParse(t *testing.T) {
	cfg, rpt, err := v3_4.Parse(withMode("3.4.0"))
	if err != nil {
		t.Fatal(err)
	}
	if mode := *cfg.Storage.Files[0].Mode; mode != 0o1777 || cfg.Ignition.Version != "3.4.0" {
		t.Errorf("mode %o, version %s", mode, cfg.Ignition.Version)
	}
	if got := rpt.String(); !strings.HasPrefix(got, "warning at $.storage.files.0.mode, line 1 col 73: ") {
		t.Errorf("report %q", got)
	}
	for _, tt := range []struct {
		raw  string
		want error
	}{
		{"", config.ErrEmpty},
		{string(withMode("3.3.0")), config.ErrUnknownVersion},
		{string(withMode("3.5.0")), config.ErrUnknownVersion},
		{`{"ignition":{"version":"3.4.0"},"storage":{"files":[{}]}}`, config.ErrInvalid},
		{`{"ignition":{"version":"3.4.0"},"storage":[]}`, config.ErrInvalid},
	} {
		cfg, rpt, err := v3_4.Parse([]byte(tt.raw))
		if !errors.Is(err, tt.want) || cfg.Ignition.Version != "" || rpt.IsFatal() != (tt.want == config.ErrInvalid) {
			t.Errorf("%s: error %v, report %q", tt.raw, err, rpt)
		}
	}
}

func TestParseCompatibleVersion(t *testing.T) {
	older, _, err := v3_4.ParseCompatibleVersion(withMode("3.0.0"))
	if err != nil {
		t.Fatal(err)
	}
	if mode := *older.Storage.Files[0].Mode; mode != 0o1777 || older.Ignition.Version != "3.4.0" {
		t.Errorf("mode %o, version %s", mode, older.Ignition.Version)
	}
	masked, _, err := v3_6.ParseCompatibleVersion(withMode("3.0.0"))
	if err != nil {
		t.Fatal(err)
	}
	if mode := *masked.Storage.Files[0].Mode; mode != 0o777 || masked.Ignition.Version != "3.6.0" {
		t.Errorf("mode %o, version %s", mode, masked.Ignition.Version)
	}
	if _, rpt, err := v3_4.ParseCompatibleVersion(withMode("3.5.0")); !errors.Is(err, config.ErrUnknownVersion) || len(rpt.Entries) > 0 {
		t.Errorf("a newer version: error %v, report %q", err, rpt)
	}
	if cfg, _, err := v3_4.ParseCompatibleVersion([]byte(`{"ignition":{"version":"03.2.0"}}`)); err != nil || cfg.Ignition.Version != "3.4.0" {
		t.Errorf("a version with a zero in front: error %v, version %q", err, cfg.Ignition.Version)
	}
}

// TestParseCompatibleVersionKeepsAdvertisement checks what a program of version 3.5 or
// later needs to bind to a Tang server without network.
func TestParseCompatibleVersionKeepsAdvertisement(t *testing.T) {
	raw := []byte(`{"ignition":{"version":"3.4.0"},"storage":{"luks":[{"name":"r","device":"/dev/a","clevis":{"tang":[{"url":"http://t","thumbprint":"x","advertisement":"{}"}]}}]}}`)
	cfg, rpt, err := v3_6.ParseCompatibleVersion(raw)
	if err != nil {
		t.Fatal(err, rpt)
	}
	if a := cfg.Storage.Luks[0].Clevis.Tang[0].Advertisement; a == nil || *a != "{}" {
		t.Errorf("the advertisement is %v", a)
	}
}

func TestValidate(t *testing.T) {
	cfg, _, err := v3_0.Parse([]byte(`{"ignition":{"version":"3.0.0"},"storage":{"links":[{"path":"/l"}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	if rpt := v3_0.Validate(cfg); len(rpt.Entries) > 0 {
		t.Errorf("a valid config: %s", rpt)
	}
	cfg.Storage.Links[0].Path = "l"
	rpt := v3_0.Validate(cfg)
	if len(rpt.Entries) != 1 || rpt.Entries[0].Pos != (report.Pos{}) || rpt.Entries[0].String() != "error at $.storage.links.0.path: path not absolute" {
		t.Errorf("report %s", rpt)
	}
	other := v34.Config{Ignition: v34.Ignition{Version: "3.5.0"}}
	if rpt := v3_4.Validate(other); !rpt.IsFatal() {
		t.Errorf("a config that names another version passes: %s", rpt)
	}
}

func TestToNewestIsWhatParsingGives(t *testing.T) {
	raw := []byte(`{"ignition":{"version":"3.2.0"},"storage":{"files":[{"path":"/f","mode":1023}],"raid":[{"name":"x","level":"raid1","devices":["/dev/a"]}],
		"luks":[{"name":"r","device":"/dev/md/x","clevis":{"custom":{"pin":"tpm2","config":"{}"}}}]}}`)
	want, _, err := config.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	cfg, _, err := v3_2.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	if got := v3_2.ToNewest(cfg); encode(t, got) != encode(t, want) {
		t.Errorf("got  %s\nwant %s", encode(t, got), encode(t, want))
	}
}

func TestFromNewest(t *testing.T) {
	cfg, rpt, err := newest.Parse([]byte(`{"ignition":{"version":"3.7.0-experimental"},"storage":{"raid":[{"name":"x","level":"raid1","devices":["/dev/a"]}]},"kernelArguments":{"shouldExist":["a"]}}`))
	if err != nil {
		t.Fatal(err, rpt)
	}
	if _, err := v3_2.FromNewest(cfg); err == nil || err.Error() != "version 3.2.0: $.kernelArguments cannot be expressed in this version" {
		t.Errorf("error %v", err)
	}
	old, err := v3_4.FromNewest(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if rpt := v3_4.Validate(old); len(rpt.Entries) > 0 || old.Ignition.Version != "3.4.0" {
		t.Errorf("version %s, report %s", old.Ignition.Version, rpt)
	}
	if back := v3_4.ToNewest(old); encode(t, back) != encode(t, cfg) {
		t.Errorf("back: %s", encode(t, back))
	}
}

func encode(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
