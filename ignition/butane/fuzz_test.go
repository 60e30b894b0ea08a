package butane_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ignition/butane"
	"github.com/nestos-dev/nestos/ignition/config"
)

// vector is one recorded run of Butane.
type vector struct {
	ID     string
	Text   string
	Args   []string
	Exit   int
	Stdout string
	Stderr string
}

func vectors(t testing.TB) (all []vector) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "cases.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// FuzzTranslate: any text gives an error or a config that Ignition accepts, and the
// report can be shown.
func FuzzTranslate(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.Text)
	}
	f.Add("variant: fcos\nversion: 1.6.0\nstorage: &a {files: [*a]}\n")
	f.Add("variant: fcos\nversion: 1.6.0\npasswd: &a\n  <<: *a\n")
	f.Add("a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nvariant: fcos\nversion: 1.6.0\n")
	f.Add("? [a]\n: b\nvariant: !!binary ZmNvcw==\nversion: 1.6.0\n")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<16 {
			return
		}
		r, err := butane.Translate([]byte(text), &butane.Options{FilesDir: "testdata/filesdir", ConfineLinks: true, Raw: true})
		shown := butane.FormatReport(r.Report, []byte(text), nil)
		if n := strings.Count(shown, "\n"); n < len(r.Report.Entries) {
			t.Errorf("%d entries in %d lines", len(r.Report.Entries), n)
		}
		for _, e := range r.Report.Entries {
			if !e.Pos.Known || e.Pos.Line < 1 {
				t.Errorf("entry without position: %s", e)
			}
		}
		if err != nil {
			return
		}
		for path, source := range r.Origins() {
			if len(path) == 0 || len(source) > 0 && source[0] == "" {
				t.Errorf("origin of %s is %s", path, source)
			}
		}
		_, rep, err := config.ParseVersion(r.Output, config.Version(r.IgnitionVersion))
		if err != nil {
			t.Errorf("%s is no config: %v\n%s", r.Output, err, rep)
		}
	})
}

func BenchmarkTranslate(b *testing.B) {
	// Butane 0.29 takes 2.4 s for these 4000 files of 20 to 1000 bytes.
	var text strings.Builder
	text.WriteString("variant: fcos\nversion: 1.6.0\nstorage:\n  files:\n")
	for i := range 4000 {
		text.WriteString("    - path: /etc/f/" + strings.Repeat("x", i%7) + "/" + string(rune('a'+i%26)) + strings.Repeat("y", i/26) + "\n      mode: 0644\n      contents:\n        inline: |\n          ")
		text.WriteString(strings.Repeat("lorem ipsum dolor ", 1+i%50) + "\n")
	}
	input := []byte(text.String())
	b.SetBytes(int64(len(input)))
	b.ReportAllocs()
	for b.Loop() {
		if r, err := butane.Translate(input, nil); err != nil {
			b.Fatal(r.Report, err)
		}
	}
}
