package kargs_test

import (
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ostree/kargs"
)

// FuzzParse: a line comes back as it was but for leading blanks, operations
// that fail change nothing, and those that succeed do what they say.
func FuzzParse(f *testing.F) {
	for _, line := range []string{"", "a", " a=1  b ", `a="x y" b`, `"a=x y" ostree=/o`, `a="`, "= == ==", "a=1 a a= a=1"} {
		f.Add(line, "a=1")
		f.Add(line, `a=1=2 b="c d"`)
	}
	f.Fuzz(func(t *testing.T, line, arg string) {
		a := kargs.Parse(line)
		if got := a.String(); got != strings.TrimLeft(line, " ") {
			t.Fatalf("%q became %q", line, got)
		}
		if !kargs.Of(a.Words()...).Equal(a) || !kargs.Parse(a.String()).Equal(a) || !a.Clone().Equal(a) {
			t.Fatalf("%q is not equal to itself", line)
		}
		word := kargs.ParseArg(arg)
		for name, change := range map[string]func(*kargs.Args) error{
			"delete":  func(a *kargs.Args) error { return a.Delete(arg) },
			"present": func(a *kargs.Args) error { return a.DeleteIfPresent(arg) },
			"replace": func(a *kargs.Args) error { return a.Replace(arg) },
			"key":     func(a *kargs.Args) error { return a.DeleteKey(word.Key) },
			"edit": func(a *kargs.Args) error {
				_, err := (&kargs.Edit{Delete: []string{arg}, AppendIfMissing: []string{arg}}).Apply(a)
				return err
			},
		} {
			b := a.Clone()
			if err := change(b); err != nil && !b.Equal(a) {
				t.Fatalf("%s %q failed and changed %q to %q", name, arg, line, b)
			}
		}
		growing(t, a, arg)
		b := a.Clone()
		b.Set(arg)
		if list := b.Lookup(word.Key); len(list) != 1 || list[0] != word {
			t.Fatalf("set %q on %q: %q", arg, line, b)
		}
		if b.Without(word.Key).String() != a.Without(word.Key).String() {
			t.Fatalf("set %q on %q moved others: %q", arg, line, b)
		}
	})
}

// growing checks that append and its undoing meet.
func growing(t *testing.T, a *kargs.Args, arg string) {
	b := a.Clone()
	b.Append(arg)
	if b.Len() != a.Len()+len(kargs.Split(arg)) {
		t.Fatalf("append %q: %d, then %d arguments", arg, a.Len(), b.Len())
	}
	if kargs.Split(arg) != nil && !b.ContainsExact(arg) {
		t.Fatalf("append %q: not there", arg)
	}
	if b.AppendExactIfMissing(arg) {
		t.Fatalf("%q was missing after append", arg)
	}
	size := b.Len()
	b.AppendIfMissing(arg)
	if b.Len() != size {
		t.Fatalf("a key of %q was missing after append", arg)
	}
}
