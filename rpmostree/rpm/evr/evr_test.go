package evr_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
)

// vectors reads testdata lines of n fields.
func vectors(t *testing.T, name, sep string, n int) [][]string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimRight(line, "\n"); strings.HasPrefix(line, "#") {
			continue
		}
		row := strings.Split(line, sep)
		if len(row) != n {
			t.Fatalf("%s: bad line %q", name, line)
		}
		rows = append(rows, row)
	}
	return rows
}

func TestVerCmp(t *testing.T) {
	for _, row := range vectors(t, "vercmp.txt", "|", 3) {
		a, b := row[0], row[1]
		want, _ := strconv.Atoi(row[2])
		if got := evr.VerCmp(a, b); got != want {
			t.Errorf("VerCmp(%q, %q) = %d, want %d", a, b, got, want)
		}
		if got := evr.VerCmp(b, a); a != b && got != -want {
			t.Errorf("VerCmp(%q, %q) = %d, want %d", b, a, got, -want)
		}
		if got := evr.VerCmpBytes([]byte(a), []byte(b)); got != want {
			t.Errorf("VerCmpBytes(%q, %q) = %d, want %d", a, b, got, want)
		}
	}
}

func TestParse(t *testing.T) {
	for s, want := range map[string]evr.EVR{
		"":            {},
		"1.0":         {"", "1.0", ""},
		"1.0-2":       {"", "1.0", "2"},
		"3:1.0-2.fc9": {"3", "1.0", "2.fc9"},
		":1":          {"0", "1", ""},
		"a:1-2":       {"", "a:1", "2"},
		"1-2-3":       {"", "1-2", "3"},
		"0:1:2-":      {"0", "1:2", ""},
		"5-1":         {"", "5", "1"},
	} {
		if got := evr.Parse(s); got != want {
			t.Errorf("Parse(%q) = %+v, want %+v", s, got, want)
		}
	}
	for _, s := range []string{"1", "1-2", "0:1", "4:1-2", ""} {
		if got := evr.Parse(s).String(); got != s {
			t.Errorf("Parse(%q).String() = %q", s, got)
		}
	}
}

func TestCompare(t *testing.T) {
	// Ascending; equal ones share a line.
	order := [][]string{
		{"1.0~rc1-1"},
		{"1.0", "0:1.0"},
		{"1.0-1", "0:1.0-1", "00:1.0-01"},
		{"1.0-1.1"},
		{"1.0^git-1"},
		{"1.1-1"},
		{"1:0.1-1"},
		{"10:0-1"},
	}
	for i, as := range order {
		for j, bs := range order {
			want := 0
			if i != j {
				want = map[bool]int{true: -1, false: 1}[i < j]
			}
			for _, a := range as {
				for _, b := range bs {
					if got := evr.Compare(evr.Parse(a), evr.Parse(b)); got != want {
						t.Errorf("Compare(%s, %s) = %d, want %d", a, b, got, want)
					}
				}
			}
		}
	}
}

func TestNoAllocations(t *testing.T) {
	a, b := []byte("1.20240131^git0123abcd-4.fc40"), []byte("1.20240131^git0123abce-4.fc40")
	p := evr.Dep{Name: "x", Flags: evr.Equal, Version: "1:2.3-4"}
	r := evr.Dep{Name: "x", Flags: evr.Equal | evr.Greater, Version: "1:2.3"}
	n := testing.AllocsPerRun(100, func() {
		evr.VerCmpBytes(a, b)
		evr.Overlaps(p, r)
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// randomVersion draws from few letters so that pairs share long prefixes.
func randomVersion(rng *rand.Rand) string {
	const alphabet = "0011290azA..-_+~^:b"
	b := make([]byte, rng.IntN(9))
	for i := range b {
		b[i] = alphabet[rng.IntN(len(alphabet))]
	}
	return string(b)
}

// variant changes a version a little.
func variant(rng *rand.Rand, v string) string {
	if v == "" || rng.IntN(3) == 0 {
		return randomVersion(rng)
	}
	i := rng.IntN(len(v))
	switch rng.IntN(3) {
	case 0:
		return v[:i] + v[i+1:]
	case 1:
		return v[:i] + randomVersion(rng) + v[i:]
	}
	return v[:i]
}

const pairs = 100000

func TestVerCmpLikeRPM(t *testing.T) {
	rpm := testutil.Tool(t, "rpm")
	rng := rand.New(rand.NewPCG(testutil.Seed(t), 1))
	var input strings.Builder
	as, bs := make([]string, pairs), make([]string, pairs)
	for i := range as {
		as[i] = randomVersion(rng)
		bs[i] = variant(rng, as[i])
		// A release that is there but empty is not absent for rpm alone.
		as[i], bs[i] = strings.TrimRight(as[i], "-"), strings.TrimRight(bs[i], "-")
		input.WriteString(as[i] + "\n" + bs[i] + "\n")
	}
	name := t.TempDir() + "/pairs"
	if err := os.WriteFile(name, []byte(input.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	// rpm's embedded Lua makes all comparisons in one process.
	script := `%{lua:local f = io.open("` + name + `") local out = {} while true do local a = f:read("l") ` +
		`if not a then break end local b = f:read("l") local ok, c = pcall(rpm.vercmp, a, b) out[#out+1] = ok and tostring(c) or "x" end print(table.concat(out, " "))}`
	res := testutil.Run(t, &testutil.RunOptions{Must: true}, rpm, "--eval", script)
	want := strings.Fields(res.Stdout)
	if len(want) != pairs {
		t.Fatalf("rpm compared %d pairs: %.300s", len(want), res)
	}
	bad, compared := 0, 0
	for i := range want {
		if want[i] == "x" { // rpm refuses an empty version
			continue
		}
		compared++
		// rpm.vercmp splits epoch and release, as Compare does.
		if got := strconv.Itoa(evr.Compare(evr.Parse(as[i]), evr.Parse(bs[i]))); got != want[i] {
			if bad++; bad < 10 {
				t.Errorf("%q, %q: %s, rpm says %s", as[i], bs[i], got, want[i])
			}
		}
	}
	if bad > 0 || compared < pairs/2 {
		t.Errorf("%d of %d differ", bad, compared)
	}
	t.Logf("%d pairs compared", compared)
}

func TestArches(t *testing.T) {
	got := strings.Join(evr.CompatibleArches("x86_64"), " ")
	if want := "x86_64 amd64 em64t athlon noarch i686 i586 i486 i386"; got != want {
		t.Errorf("x86_64: %s", got)
	}
	for arch, want := range map[string]string{"aarch64": "aarch64 noarch", "vax": "vax noarch", "noarch": "noarch", "s390x": "s390x s390 noarch"} {
		if got := strings.Join(evr.CompatibleArches(arch), " "); got != want {
			t.Errorf("%s: %s", arch, got)
		}
	}
	for arch, want := range map[string]string{"i686": "i386", "amd64": "x86_64", "aarch64": "aarch64", "armv7hl": "armhfp"} {
		if got := evr.BaseArch(arch); got != want {
			t.Errorf("BaseArch(%s) = %s", arch, got)
		}
	}
}

func TestRPMLibProvidesLikeRPM(t *testing.T) {
	rpm := testutil.Tool(t, "rpm")
	res := testutil.Run(t, &testutil.RunOptions{Must: true}, rpm, "--showrc")
	for _, d := range evr.RPMLibProvides() {
		if !strings.Contains(res.Stdout, d.String()+"\n") {
			t.Errorf("rpm has no %s", d)
		}
	}
	if n := strings.Count(res.Stdout, "\n    rpmlib("); n != len(evr.RPMLibProvides()) {
		t.Errorf("rpm has %d capabilities, we %d", n, len(evr.RPMLibProvides()))
	}
	if !slices.IsSortedFunc(evr.RPMLibProvides(), func(a, b evr.Dep) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("not sorted")
	}
}

func FuzzVerCmp(f *testing.F) {
	f.Add("1.0~rc1", "1.0^git", "1.0")
	f.Add("00001", "1a", "\x00é")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		if evr.VerCmp(a, b) != -evr.VerCmp(b, a) {
			t.Errorf("%q and %q are not antisymmetric", a, b)
		}
		if evr.VerCmp(a, a) != 0 {
			t.Errorf("%q differs from itself", a)
		}
		if evr.VerCmp(a, b) == 0 && evr.VerCmp(a, c) != evr.VerCmp(b, c) {
			t.Errorf("%q and %q are equal but not against %q", a, b, c)
		}
		if evr.VerCmp(a, b) != evr.VerCmpBytes([]byte(a), []byte(b)) {
			t.Errorf("%q, %q: bytes differ from strings", a, b)
		}
	})
}

func BenchmarkVerCmp(b *testing.B) {
	x, y := []byte("20240131.1.fc40"), []byte("20240131.10.fc40")
	b.ReportAllocs()
	for b.Loop() {
		evr.VerCmpBytes(x, y)
	}
}
