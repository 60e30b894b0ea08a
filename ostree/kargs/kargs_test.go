package kargs_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ostree/kargs"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		name, line string
		words      []string
	}{
		{"nothing", "", nil},
		{"blanks only", "   ", nil},
		{"leading blanks are dropped", "  a b", []string{"a", "b"}},
		{"an inner run of blanks has empty words", "a   b", []string{"a", "", "", "b"}},
		{"a blank at the end has one too", "a ", []string{"a", ""}},
		{"quoted value", `a="x y" b`, []string{`a="x y"`, "b"}},
		{"quoted word, as boot loaders write it", `"a=x y" b`, []string{`"a=x y"`, "b"}},
		{"quote in the middle", `a=1" "2 b`, []string{`a=1" "2`, "b"}},
		{"two stretches in a word", `a="x y","z w" b`, []string{`a="x y","z w"`, "b"}},
		{"open quote takes the rest", `a b="x y z `, []string{"a", `b="x y z `}},
		{"single quotes mean nothing", `a='x y'`, []string{"a='x", "y'"}},
		{"tabs and line feeds do not separate", "a\tb\nc d", []string{"a\tb\nc", "d"}},
	} {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.words, kargs.Split(c.line)) })
	}
}

func TestParseArg(t *testing.T) {
	for word, want := range map[string]kargs.Arg{
		"":              {},
		"quiet":         {Key: "quiet"},
		"quiet=":        {Key: "quiet", HasValue: true},
		"root=UUID=1":   {Key: "root", Value: "UUID=1", HasValue: true},
		"=x":            {Value: "x", HasValue: true},
		`c="x y"`:       {Key: "c", Value: `"x y"`, HasValue: true},
		`"c=x y"`:       {Key: `"c`, Value: `x y"`, HasValue: true},
		"rd.luks.name=": {Key: "rd.luks.name", HasValue: true},
	} {
		require.Equal(t, want, kargs.ParseArg(word), word)
		require.Equal(t, word, kargs.ParseArg(word).String())
	}
}

// base is the start of the replay of the reference program.
const base = `a=1 b a=2 c="x y" ostree=/o`

// step is one change of a line and what must come of it.
type step struct {
	name  string
	line  string
	do    func(*kargs.Args) error
	want  string
	error string // then want is ignored, and the line must stay
}

func check(t *testing.T, steps []step) {
	for _, s := range steps {
		t.Run(s.name, func(t *testing.T) {
			a := kargs.Parse(s.line)
			err := s.do(a)
			if s.error != "" {
				require.EqualError(t, err, s.error)
				require.Equal(t, s.line, a.String())
				return
			}
			require.NoError(t, err)
			require.Equal(t, s.want, a.String())
		})
	}
}

func set(word string) func(*kargs.Args) error {
	return func(a *kargs.Args) error { a.Set(word); return nil }
}
func appendArg(arg string) func(*kargs.Args) error {
	return func(a *kargs.Args) error { a.Append(arg); return nil }
}
func appendMissing(arg string) func(*kargs.Args) error {
	return func(a *kargs.Args) error { a.AppendIfMissing(arg); return nil }
}
func replace(arg string) func(*kargs.Args) error {
	return func(a *kargs.Args) error { return a.Replace(arg) }
}
func remove(arg string) func(*kargs.Args) error {
	return func(a *kargs.Args) error { return a.Delete(arg) }
}
func removePresent(arg string) func(*kargs.Args) error {
	return func(a *kargs.Args) error { return a.DeleteIfPresent(arg) }
}

func TestSet(t *testing.T) {
	check(t, []step{
		{"at the place of the first", base, set("a=9"), `a=9 b c="x y" ostree=/o`, ""},
		{"unknown goes to the end", base, set("d"), base + " d", ""},
		{"ostree stays where it is", "a ostree=/old b", set("ostree=/new"), "a ostree=/new b", ""},
		{"ostree of the user too, once", "ostree=/x a ostree=/y", set("ostree=/new"), "ostree=/new a", ""},
		{"not split", "a", set(`b=1 c=2`), "a b=1 c=2", ""},
		{"value taken away", "a=1 b", set("a"), "a b", ""},
		{"into nothing", "", set("ostree=/o"), "ostree=/o", ""},
	})
	a := kargs.Parse("x")
	a.Set("b=1 c=2")
	require.Equal(t, 2, a.Len())
}

func TestAppend(t *testing.T) {
	check(t, []step{
		{"after ostree=", base, appendArg("a=3"), base + " a=3", ""},
		{"several words", "a", appendArg(`b c="1 2"  d`), `a b c="1 2"  d`, ""},
		{"nothing", "a", appendArg(""), "a", ""},
		{"if missing: known key, other value", base, appendMissing("a=7"), base, ""},
		{"if missing: unknown key", base, appendMissing("z=7"), base + " z=7", ""},
		{"if missing: word by word", base, appendMissing("b=1 z y z=2"), base + " z y", ""},
	})
}

func TestReplace(t *testing.T) {
	check(t, []step{
		{"only value", "a=1 b", replace("a=2"), "a=2 b", ""},
		{"bare key loses its value", "a=1 b", replace("a"), "a b", ""},
		{"value for a bare key", "a=1 b", replace("b=2"), "a=1 b=2", ""},
		{"one of several", base, replace("a=2=3"), `a=1 b a=3 c="x y" ostree=/o`, ""},
		{"the first of equals", "a=1 a=1", replace("a=1=2"), "a=2 a=1", ""},
		{"empty old", "a= a=1", replace("a==2"), "a=2 a=1", ""},
		{"empty new", "a=1", replace("a=1="), "a=", ""},
		{"new with an equals sign", "root=UUID=1", replace("root=UUID=1"), "", "No karg 'root=UUID' found"},
		{"quoted", `c="x y" d`, replace(`c="z w"`), `c="z w" d`, ""},
		{"two words", "a=1 b=1", replace("a=2 b=1=3"), "a=2 b=3", ""},
		{"unknown key", "a=1", replace("b=2"), "", "No key 'b' found"},
		{"several values", base, replace("a=3"), "", "Multiple values for key 'a' found"},
		{"several values, bare", base, replace("a"), "", "Multiple values for key 'a' found"},
		{"all words or none", "a=1 b=1", replace("a=2 c=3"), "", "No key 'c' found"},
		{"nothing", "a=1", replace(""), "", "No key '' found"},
	})
}

func TestDelete(t *testing.T) {
	check(t, []step{
		{"bare", base, remove("b"), `a=1 a=2 c="x y" ostree=/o`, ""},
		{"bare key of a value", base, remove("c"), "a=1 b a=2 ostree=/o", ""},
		{"one of several", base, remove("a=1"), `b a=2 c="x y" ostree=/o`, ""},
		{"first of equals", "a=1 b a=1", remove("a=1"), "b a=1", ""},
		{"the one without value", "a=1 a a=", remove("a"), "a=1 a=", ""},
		{"the one with an empty value", "a=1 a a=", remove("a="), "a=1 a", ""},
		{"quoted", base, remove(`c="x y"`), "a=1 b a=2 ostree=/o", ""},
		{"two words", base, remove(`b a=2`), `a=1 c="x y" ostree=/o`, ""},
		{"the empty word", "a  b", remove(""), "a b", ""},
		{"several", base, remove("a"), "", "Multiple values for key 'a' found"},
		{"several, wrong value", base, remove("a=7"), "", "No karg 'a=7' found"},
		{"wrong value", base, remove("b=1"), "", "No karg 'b=1' found"},
		{"empty is not none", "a", remove("a="), "", "No karg 'a=' found"},
		{"unknown", base, remove("zz=1"), "", "No key 'zz' found"},
		{"nothing", base, remove(""), "", "No key '' found"},
		{"all words or none", base, remove("b zz"), "", "No key 'zz' found"},
		{"if present: unknown", base, removePresent("zz"), base, ""},
		{"if present: known", base, removePresent("zz b"), `a=1 a=2 c="x y" ostree=/o`, ""},
		{"if present: wrong value", base, removePresent("b=1"), "", "No karg 'b=1' found"},
		{"if present: several", base, removePresent("a"), "", "Multiple values for key 'a' found"},
		{"all of a key", base, func(a *kargs.Args) error { return a.DeleteKey("a") }, `b c="x y" ostree=/o`, ""},
		{"all of an unknown key", base, func(a *kargs.Args) error { return a.DeleteKey("zz") }, "", "No key 'zz' found"},
	})
}

func TestErrorsHaveTypes(t *testing.T) {
	a := kargs.Parse(base)
	var missing *kargs.NotFoundError
	require.ErrorAs(t, a.Delete("b=1"), &missing)
	require.Equal(t, kargs.NotFoundError{Key: "b", Value: "1", HasKey: true}, *missing)
	require.ErrorAs(t, a.Replace("zz=1"), &missing)
	require.Equal(t, kargs.NotFoundError{Key: "zz"}, *missing)
	var ambiguous *kargs.AmbiguousError
	require.ErrorAs(t, a.Delete("a"), &ambiguous)
	require.Equal(t, "a", ambiguous.Key)
}

func TestImport(t *testing.T) {
	a := kargs.Parse("x")
	a.Import("BOOT_IMAGE=(hd0,gpt3)/vmlinuz root=/dev/vda initrd=\\a.img BOOT_IMAGE initrd2= \"p=a b\" quiet \t\n\f\r\n")
	require.Equal(t, `x root=/dev/vda BOOT_IMAGE initrd2= "p=a b" quiet`, a.String())
	a = &kargs.Args{}
	a.Import(" \n")
	require.Zero(t, a.Len())
}

func TestQueries(t *testing.T) {
	a := kargs.Parse(base)
	require.Equal(t, 5, a.Len())
	require.True(t, a.Has("b"))
	require.False(t, a.Has("a=1"))
	require.Equal(t, []kargs.Arg{kargs.ParseArg("a=1"), kargs.ParseArg("a=2")}, a.Lookup("a"))
	require.Empty(t, a.Lookup("zz"))
	last, ok := a.Last("a")
	require.True(t, ok)
	require.Equal(t, "2", last.Value)
	_, ok = a.Last("zz")
	require.False(t, ok)
	require.True(t, a.Contains("a=7 b"))
	require.False(t, a.Contains("a zz"))
	require.True(t, a.ContainsExact(`a=2 c="x y"`))
	require.False(t, a.ContainsExact("a=7"))
	require.False(t, a.ContainsExact("b="))
	require.False(t, a.Contains(""))
	require.Equal(t, `b c="x y" ostree=/o`, a.Without("a").String())
	require.Equal(t, base, a.String())
	require.Equal(t, a.Words(), kargs.Of(a.Words()...).Words())
	require.Equal(t, kargs.Split(base), a.Words())
	require.Len(t, slices.Collect(a.All()), 5)
}

func TestEqual(t *testing.T) {
	a := kargs.Parse("a=1 b ostree=/x c")
	require.True(t, a.Equal(a.Clone()))
	require.True(t, kargs.Parse("").Equal(&kargs.Args{}))
	for _, other := range []string{"b a=1 ostree=/x c", "a=1 b= ostree=/x c", "a=1 b ostree=/x", "a=1 b ostree=/x c c"} {
		require.False(t, a.Equal(kargs.Parse(other)), other)
	}
	b := kargs.Parse("a=1 b ostree=/y c")
	require.False(t, a.Equal(b))
	a.Set("ostree")
	b.Set("ostree")
	require.True(t, a.Equal(b))
}

func TestCloneIsIndependent(t *testing.T) {
	a := kargs.Parse("a b c")
	b := a.Clone()
	require.NoError(t, a.Delete("a"))
	a.Set("b=1")
	a.DeleteExactIfPresent("c")
	require.Equal(t, "a b c", b.String())
}

func TestBootTarget(t *testing.T) {
	for line, want := range map[string]string{
		"ostree=/a":                      "/a",
		"rw ostree=/a ostree=/b":         "/a",
		"xostree=/a  ostree=/b":          "/b",
		`a="b ostree=/swallowed`:         "/swallowed",
		"ostree= x":                      "",
		"rw ostree.x=1 ostree=/a ostree": "/a",
	} {
		got, ok := kargs.BootTarget(line)
		require.True(t, ok, line)
		require.Equal(t, want, got, line)
	}
	for _, line := range []string{"", "rw", "ostree", "xostree=/a"} {
		_, ok := kargs.BootTarget(line)
		require.False(t, ok, line)
	}
}

func TestEdit(t *testing.T) {
	for _, c := range []struct {
		name    string
		edit    kargs.Edit
		want    string
		changed bool
		error   string
	}{
		{name: "nothing", want: base},
		{name: "present and absent already", edit: kargs.Edit{
			AppendIfMissing: []string{"a=2", "b"}, DeleteIfPresent: []string{"a=7", "zz", "a", "c"},
		}, want: base},
		{name: "exact, unlike libostree", edit: kargs.Edit{
			AppendIfMissing: []string{"a=7"}, DeleteIfPresent: []string{"a=1"},
		}, want: `b a=2 c="x y" ostree=/o a=7`, changed: true},
		{name: "append and append if missing of the same add one", edit: kargs.Edit{
			Append: []string{"d"}, AppendIfMissing: []string{"d", "d"},
		}, want: base + " d", changed: true},
		{name: "delete before append", edit: kargs.Edit{
			Append: []string{"a=1"}, Delete: []string{"a=1"},
		}, want: `b a=2 c="x y" ostree=/o a=1`, changed: true},
		{name: "replace by itself counts", edit: kargs.Edit{Replace: []string{"b"}}, want: base, changed: true},
		{name: "failure undoes all", edit: kargs.Edit{
			Delete: []string{"b"}, Replace: []string{"a=9"},
		}, want: base, error: "Multiple values for key 'a' found"},
		{name: "failure of a delete", edit: kargs.Edit{Delete: []string{"b", "b"}}, want: base, error: "No key 'b' found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := kargs.Parse(base)
			changed, err := c.edit.Apply(a)
			if c.error != "" {
				require.EqualError(t, err, c.error)
			} else {
				require.NoError(t, err)
			}
			require.Equal(t, c.changed, changed)
			require.Equal(t, c.want, a.String())
		})
	}
}
