package convert_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ignition/config/internal/convert"
	v30 "github.com/nestos-dev/nestos/ignition/config/v3_0/types"
	v32 "github.com/nestos-dev/nestos/ignition/config/v3_2/types"
	v34 "github.com/nestos-dev/nestos/ignition/config/v3_4/types"
	v36 "github.com/nestos-dev/nestos/ignition/config/v3_6/types"
	newest "github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

const newestName = "3.7.0-experimental"

func decode[T any](t *testing.T, text string) *T {
	t.Helper()
	v := new(T)
	if err := json.Unmarshal([]byte(text), v); err != nil {
		t.Fatal(err)
	}
	return v
}

func encode(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestStringsBecomePointers checks that what became optional is set, even if empty.
func TestStringsBecomePointers(t *testing.T) {
	var got newest.Config
	t.Run("3.0.0", func(t *testing.T) {
		old := decode[v30.Config](t, `{"ignition":{"version":"3.0.0","security":{"tls":{"certificateAuthorities":[{"source":"data:,x"}]}}},
			"storage":{"links":[{"path":"/l"}],"raid":[{"name":"r","level":"raid1","devices":["/dev/a"]}]}}`)
		if err := convert.Translate(&got, newestName, old, "3.0.0"); err != nil {
			t.Fatal(err)
		}
		ca, link, raid := got.Ignition.Security.TLS.CertificateAuthorities[0], got.Storage.Links[0], got.Storage.Raid[0]
		if *ca.Source != "data:,x" || *link.Target != "" || *raid.Level != "raid1" || raid.Devices[0] != "/dev/a" {
			t.Errorf("got %s", encode(t, got))
		}
		if got.Ignition.Version != newestName || old.Ignition.Version != "3.0.0" {
			t.Errorf("versions are %s and %s", got.Ignition.Version, old.Ignition.Version)
		}
	})
	t.Run("3.2.0", func(t *testing.T) {
		old := decode[v32.Config](t, `{"storage":{"luks":[{"name":"a","clevis":{"custom":{}}},{"name":"b","clevis":{}},{"name":"c"}]}}`)
		got = newest.Config{}
		if err := convert.Translate(&got, newestName, old, "3.2.0"); err != nil {
			t.Fatal(err)
		}
		luks := got.Storage.Luks
		if custom := luks[0].Clevis.Custom; custom.Pin == nil || custom.Config == nil || *custom.Pin != "" {
			t.Errorf("an empty custom pin became %s", encode(t, custom))
		}
		if luks[1].Clevis.Custom.Pin != nil || luks[2].Clevis.Custom.Config != nil {
			t.Errorf("got %s", encode(t, luks))
		}
	})
}

func TestModes(t *testing.T) {
	const text = `{"storage":{"files":[{"path":"/f","mode":2541}],"directories":[{"path":"/d","mode":1023}]}}`
	tests := []struct {
		name       string
		src        any
		from       string
		dst        any
		to         string
		file, dirs int
	}{
		{"are masked when they get an effect", decode[v34.Config](t, text), "3.4.0", new(v36.Config), "3.6.0", 0o755, 0o777},
		{"are masked towards the newest version", decode[v34.Config](t, text), "3.4.0", new(newest.Config), newestName, 0o755, 0o777},
		{"stay where they have no effect before and after", decode[v32.Config](t, text), "3.2.0", new(v34.Config), "3.4.0", 0o4755, 0o1777},
		{"stay where they have an effect before and after", decode[v36.Config](t, text), "3.6.0", new(newest.Config), newestName, 0o4755, 0o1777},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := encode(t, tt.src)
			if err := convert.Translate(tt.dst, tt.to, tt.src, tt.from); err != nil {
				t.Fatal(err)
			}
			got := decode[newest.Config](t, encode(t, tt.dst)).Storage
			if *got.Files[0].Mode != tt.file || *got.Directories[0].Mode != tt.dirs {
				t.Errorf("modes %o and %o, want %o and %o", *got.Files[0].Mode, *got.Directories[0].Mode, tt.file, tt.dirs)
			}
			if encode(t, tt.src) != before {
				t.Error("the source changed")
			}
		})
	}
}

func TestLoss(t *testing.T) {
	tests := []struct{ name, text, path string }{
		{"an object", `{"storage":{"luks":[{"name":"a"},{"name":"b","cex":{"enabled":true}}]}}`, "$.storage.luks.1.cex"},
		{"a scalar", `{"storage":{"luks":[{"name":"a","discard":false}]}}`, "$.storage.luks.0.discard"},
		{"a list", `{"kernelArguments":{"shouldExist":["a"]}}`, "$.kernelArguments"},
		{"bits of a file", `{"storage":{"files":[{"path":"/x","mode":2048}]}}`, "$.storage.files.0.mode"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := convert.Translate(new(v32.Config), "3.2.0", decode[newest.Config](t, tt.text), newestName)
			var loss *convert.LossError
			if !errors.As(err, &loss) || loss.Path != tt.path {
				t.Errorf("error %v, want a loss at %s", err, tt.path)
			}
		})
	}
	err := convert.Translate(new(v32.Config), "3.2.0", decode[newest.Config](t, `{"storage":{"luks":[{"name":"a","cex":{},"openOptions":[]}]}}`), newestName)
	if err != nil {
		t.Errorf("nothing is lost, but: %v", err)
	}
}

// TestRoundTrip lifts valid configs and lowers them again.
func TestRoundTrip(t *testing.T) {
	f, err := os.Open("../../schema/testdata/validated.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<22)
	n := 0
	for lines.Scan() {
		c := decode[struct {
			ID, Text string
			Errors   []string
		}](t, lines.Text())
		for _, v := range convert.Versions() {
			if len(c.Errors) == 0 && strings.Contains(c.ID, "@"+v.Name) {
				roundTrip(t, c.ID, c.Text, v)
				n++
			}
		}
	}
	if n < 200 {
		t.Errorf("only %d configs", n)
	}
}

func roundTrip(t *testing.T, id, text string, v convert.Version) {
	t.Helper()
	old, back, lifted := v.New(), v.New(), new(newest.Config)
	if err := json.Unmarshal([]byte(text), old); err != nil {
		t.Fatal(err)
	}
	if err := convert.Config(lifted, old, newestName, convert.KeepModes); err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	if err := convert.Config(back, lifted, v.Name, convert.KeepModes); err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	if encode(t, old) != encode(t, back) {
		t.Errorf("%s\nwas %s\nis  %s", id, encode(t, old), encode(t, back))
	}
}

// TestListsAreCopied overwrites the result, also between equal types.
func TestListsAreCopied(t *testing.T) {
	src := decode[newest.Config](t, `{"storage":{"files":[{"path":"/a","append":[{"source":"data:,x"}]}]},"kernelArguments":{"shouldExist":["a"]}}`)
	before := encode(t, src)
	var got newest.Config
	if err := convert.Translate(&got, newestName, src, newestName); err != nil {
		t.Fatal(err)
	}
	if want := decode[newest.Config](t, before); !reflect.DeepEqual(got.Storage, want.Storage) {
		t.Errorf("got %s", encode(t, got))
	}
	got.Storage.Files[0].Append[0].Source = nil
	got.Storage.Files[0].Path = "/b"
	got.KernelArguments.ShouldExist[0] = "b"
	if encode(t, src) != before {
		t.Errorf("the source changed to %s", encode(t, src))
	}
}
