package unitfile_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/coreos/go-systemd/v22/unit"

	"github.com/nestos-dev/nestos/ignition/internal/unitfile"
)

func read(text string) (string, error) {
	var b strings.Builder
	err := unitfile.Scan(text, func(section, name string) { fmt.Fprintf(&b, "%q %q\n", section, string([]rune(name))) })
	return b.String(), err
}

// reference reads with go-systemd, whose reader Ignition uses.
func reference(text string) (string, error) {
	options, err := unit.DeserializeOptions(strings.NewReader(text))
	var b strings.Builder
	for _, o := range options {
		fmt.Fprintf(&b, "%q %q\n", o.Section, o.Name)
	}
	return b.String(), err
}

func compare(t *testing.T, text string) {
	t.Helper()
	got, err := read(text)
	want, wantErr := reference(text)
	if got != want || fmt.Sprint(err) != fmt.Sprint(wantErr) {
		t.Fatalf("%d bytes %.300q:\ngot  %s%v\nwant %s%v", len(text), text, got, err, want, wantErr)
	}
}

var texts = []string{
	"", "x", "[", "[a", "[a]", "[a]\n", "[a]x\n", "[a] \t\n", "[a]\nb", "[a]\nb=", "[a]\nb=c", "[a]\nb\n=c", "[a]\nb\r=c",
	"[a]\nb=c\\\nd\n[Install]\nWantedBy=x\n", "[a]\nb=c\\\n\\\n\ne=f\n", "[a]\nb=\\", "# [x]\n; y \\\n[z]\n[a]\nb=c", "#\\ \nx\n[a]\nb=c\r\n\r\nd=e\r",
	"junk [a\nb]\nc=d", "[a]\n\u00a0\u2003b=c", "[a]\n\xffb=c", "[a]\n[b]\n[c]\nd=e\n#f", "[a]\nb=c\\ \nd=e",
}

func TestScan(t *testing.T) {
	for _, text := range texts {
		compare(t, text)
	}
}

func TestHasInstall(t *testing.T) {
	for text, want := range map[string]bool{"[Install]\n": false, "[Install]\nWantedBy=a": true, "[install]\na=b": false, "[Unit]\na=b\n[Install]\nAlias=x\n": true} {
		if got, err := unitfile.HasInstall(text); got != want || err != nil {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

func TestLongLines(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	lengths := []int{2040, 2046, 2047, 2048, 2049, 2050, 4090, 4095, 4096, 4097, 6000, 1, 0, 100, 1000, 10000}
	pieces := []string{"[a]", "\n", "b=", "\\\n", "#", "\r\n", "é", "\xff", " ", "[", "=", "\xe2\x80\x83"}
	for range 20000 {
		var b strings.Builder
		if r.IntN(3) > 0 {
			b.WriteString("[a]\nb=c\n")
		}
		for range r.IntN(8) {
			if r.IntN(2) == 0 {
				b.WriteString(strings.Repeat([]string{"x", "é", " ", "\\", "]"}[r.IntN(5)], lengths[r.IntN(len(lengths))]+r.IntN(3)))
			}
			for range r.IntN(3) {
				b.WriteString(pieces[r.IntN(len(pieces))])
			}
		}
		compare(t, b.String())
	}
}

func TestLinear(t *testing.T) {
	// Each byte before the first section is a step of its own.
	text := strings.Repeat(strings.Repeat("x", 2000)+"\n", 2000)
	if got, err := read(text); got != "" || err != nil {
		t.Fatal(got, err)
	}
}

func FuzzScan(f *testing.F) {
	for _, text := range texts {
		f.Add(text, 0)
		f.Add(text, 2047)
	}
	f.Fuzz(func(t *testing.T, text string, pad int) {
		// A long run is nothing that a fuzzer finds by itself.
		text = strings.Replace(text, "b", strings.Repeat("b", min(max(pad, 1), 5000)), 2)
		compare(t, text)
	})
}
