package humansize_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/humansize"
)

func TestFormat(t *testing.T) {
	cases := []struct {
		n       uint64
		si, iec string
	}{
		{0, "0 bytes", "0 bytes"},
		{1, "1 byte", "1 byte"},
		{6, "6 bytes", "6 bytes"},
		{999, "999 bytes", "999 bytes"},
		{1000, "1.0\u00a0kB", "1000 bytes"},
		{1023, "1.0\u00a0kB", "1023 bytes"},
		{1024, "1.0\u00a0kB", "1.0\u00a0KiB"},
		{1050, "1.1\u00a0kB", "1.0\u00a0KiB"},
		{1250, "1.2\u00a0kB", "1.2\u00a0KiB"},
		{999949, "999.9\u00a0kB", "976.5\u00a0KiB"},
		{999999, "1000.0\u00a0kB", "976.6\u00a0KiB"},
		{1000000, "1.0\u00a0MB", "976.6\u00a0KiB"},
		{1048575, "1.0\u00a0MB", "1024.0\u00a0KiB"},
		{5242880, "5.2\u00a0MB", "5.0\u00a0MiB"},
		{1e9, "1.0\u00a0GB", "953.7\u00a0MiB"},
		{1e12, "1.0\u00a0TB", "931.3\u00a0GiB"},
		{1e15, "1.0\u00a0PB", "909.5\u00a0TiB"},
		{1e18, "1.0\u00a0EB", "888.2\u00a0PiB"},
		{1<<64 - 1, "18.4\u00a0EB", "16.0\u00a0EiB"},
	}
	for _, c := range cases {
		if got := humansize.Format(c.n); got != c.si {
			t.Errorf("Format(%d) = %q, want %q", c.n, got, c.si)
		}
		if got := humansize.FormatIEC(c.n); got != c.iec {
			t.Errorf("FormatIEC(%d) = %q, want %q", c.n, got, c.iec)
		}
	}
}

func TestFormatsLikeGLib(t *testing.T) {
	const python = "/usr/bin/python3" // the system's, which has the introspection module
	const script = `
import sys
from gi.repository import GLib
for n in map(int, sys.stdin.read().split()):
    print(GLib.format_size(n) + "|" + GLib.format_size_full(n, GLib.FormatSizeFlags.IEC_UNITS))
`
	if err := exec.CommandContext(t.Context(), python, "-c", "from gi.repository import GLib").Run(); err != nil {
		t.Skip("GLib is not reachable from Python")
	}
	rng := rand.New(rand.NewPCG(5, 6))
	var in, want strings.Builder
	for range 5000 {
		n := rng.Uint64() >> rng.IntN(64)
		if rng.IntN(3) == 0 { // near a multiple of a half decimal
			n = n / 50 * 50
		}
		fmt.Fprintln(&in, n)
		fmt.Fprintln(&want, humansize.Format(n)+"|"+humansize.FormatIEC(n))
	}
	cmd := exec.CommandContext(t.Context(), python, "-c", script)
	cmd.Env = append(cmd.Environ(), "LC_ALL=C.UTF-8")
	cmd.Stdin = strings.NewReader(in.String())
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	got, ours, numbers := strings.Split(string(out), "\n"), strings.Split(want.String(), "\n"), strings.Fields(in.String())
	for i, n := range numbers {
		if i >= len(got) || got[i] != ours[i] {
			t.Fatalf("%s: GLib has %q, not %q", n, got[i], ours[i])
		}
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]uint64{
		"500MB": 500 << 20, "0MB": 0, "05MB": 5 << 20, "3GB": 3 << 30, "1TB": 1 << 40, "16777215TB": 16777215 << 40,
	} {
		if got, err := humansize.Parse(text); err != nil || got != want {
			t.Errorf("Parse(%q) = %d, %v, want %d", text, got, err, want)
		}
	}
	for text, want := range map[string]error{
		"": humansize.ErrFormat, "MB": humansize.ErrFormat, "500": humansize.ErrFormat, "500mb": humansize.ErrFormat,
		"5KB": humansize.ErrFormat, "5M": humansize.ErrFormat, " 5MB": humansize.ErrFormat, "5MB ": humansize.ErrFormat,
		"+5MB": humansize.ErrFormat, "-5MB": humansize.ErrFormat, "5.5MB": humansize.ErrFormat, "5 MB": humansize.ErrFormat,
		"٣MB": humansize.ErrFormat, "16777216TB": humansize.ErrTooHigh, "99999999999999999999MB": humansize.ErrTooHigh,
		"18446744073709551615TB": humansize.ErrTooHigh,
	} {
		if _, err := humansize.Parse(text); !errors.Is(err, want) {
			t.Errorf("Parse(%q): %v, want %v", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"500MB", "0TB", "16777216TB", "x", "99999999999999999999GB"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := humansize.Parse(text)
		if err != nil {
			return
		}
		if n%(1<<20) != 0 {
			t.Fatalf("%q is %d, no multiple of 1 MiB", text, n)
		}
		if again, err := humansize.Parse(strconv.FormatUint(n>>20, 10) + "MB"); err != nil || again != n {
			t.Fatalf("%q is %d, written in MB %d, %v", text, n, again, err)
		}
	})
}

func ExampleFormat() {
	fmt.Printf("%q\n", humansize.Format(5242880))
	// Output: "5.2\u00a0MB"
}

func ExampleParse() {
	n, err := humansize.Parse("500MB")
	fmt.Println(n, err)
	_, err = humansize.Parse("500")
	fmt.Println(err)
	// Output:
	// 524288000 <nil>
	// It should be of the format '123MB', '123GB' or '123TB'
}
