package kargs_test

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/kargs"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// TestApplyRecorded compares with what "rdcore kargs" and "coreos-installer iso kargs
// modify", release 0.26, made of the same.
func TestApplyRecorded(t *testing.T) {
	var cases []struct {
		Text                             string
		Append, Missing, Delete, Replace []string
		Result                           string
	}
	data, err := os.ReadFile("testdata/edits.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &cases))
	require.Greater(t, len(cases), 300)
	for _, c := range cases {
		e := kargs.Edit{Append: c.Append, AppendIfMissing: c.Missing, Delete: c.Delete, Replace: c.Replace}
		got, err := e.Apply(c.Text)
		require.NoError(t, err)
		require.Equal(t, c.Result, got, "%+v", c)
	}
}

func TestApply(t *testing.T) {
	e := kargs.Edit{
		Append:  []string{"console=ttyS1,115200n8"},
		Replace: []string{"mitigations=auto,nosmt=auto"},
		Delete:  []string{"console=ttyS0,115200n8"},
	}
	got, err := e.Apply("foo mitigations=auto,nosmt console=tty0 bar console=ttyS0,115200n8 baz")
	require.NoError(t, err)
	require.Equal(t, "foo mitigations=auto console=tty0 bar baz console=ttyS1,115200n8", got)

	again, err := (&kargs.Edit{}).Apply(" a \t")
	require.NoError(t, err)
	require.Equal(t, "a", again)
	require.True(t, new(kargs.Edit).Empty())
	for _, e := range []kargs.Edit{{Append: []string{""}}, {AppendIfMissing: []string{"a"}}, {Delete: []string{"a"}}, {Replace: []string{"a=b=c"}}} {
		require.False(t, e.Empty())
	}
	for _, wrong := range []string{"", "foo", "a=b", "a=b=", "a==b", "=a=b", "a=b=c=d"} {
		_, err := (&kargs.Edit{Replace: []string{wrong}}).Apply("a")
		require.EqualError(t, err, "Wrong input, format should be: KEY=OLD=NEW", wrong)
	}
}

// TestApplyAgainstReference runs random edits through the program that NESTOS_RDCORE names.
func TestApplyAgainstReference(t *testing.T) {
	rdcore := os.Getenv("NESTOS_RDCORE")
	if rdcore == "" {
		t.Skip("NESTOS_RDCORE is not set")
	}
	random := rand.New(rand.NewPCG(testutil.Seed(t), 0))
	words := []string{"a", "b", "ab", "a=b", "console=tty0", "", " ", "a b", " a", "b ", "\t", "é", "\u00a0a", "="}
	pick := func(most int) []string {
		var list []string
		for range random.IntN(most + 1) {
			list = append(list, words[random.IntN(len(words))])
		}
		return list
	}
	for range 2000 {
		e := kargs.Edit{Append: pick(2), AppendIfMissing: pick(2), Delete: pick(3)}
		text := strings.Join(pick(7), " ")
		args := []string{"kargs", "--override-options=" + text}
		for option, list := range map[string][]string{"append": e.Append, "append-if-missing": e.AppendIfMissing, "delete": e.Delete} {
			for _, arg := range list {
				args = append(args, "--"+option+"="+arg)
			}
		}
		want, err := exec.Command(rdcore, args...).Output()
		require.NoError(t, err)
		got, err := e.Apply(text)
		require.NoError(t, err)
		require.Equal(t, string(want), got+"\n", "%q %+v", text, e)
	}
}

// FuzzApply: the result is trimmed, what is appended is in it, and it does not outgrow
// what went in.
func FuzzApply(f *testing.F) {
	f.Add("a b", "c", "a", "x=y=z")
	f.Add(" a a ", " ", "a", "a=b=c")
	f.Fuzz(func(t *testing.T, text, add, remove, replace string) {
		e := kargs.Edit{Append: []string{add}, Delete: []string{remove}}
		got, err := e.Apply(text)
		if err != nil {
			t.Fatal(err)
		}
		if got != strings.TrimSpace(got) || !strings.Contains(" "+got+" ", strings.TrimSpace(add)) || len(got) > len(text)+len(add)+1 {
			t.Fatalf("%q became %q", text, got)
		}
		if _, err := (&kargs.Edit{Replace: []string{replace}}).Apply(text); err == nil && strings.Count(replace, "=") != 2 {
			t.Fatalf("%q is accepted", replace)
		}
	})
}

func TestConsoleAdvice(t *testing.T) {
	cases := []struct {
		name string
		args []string
		want string
	}{
		{"nothing", nil, ""},
		{"other arguments", []string{"console", "xconsole=tty0", "quiet"}, ""},
		{"one", []string{"console=ttyS0"}, "Note: consider using \"--dest-console ttyS0\" instead of\n\"--dest-karg-append console=ttyS0\" to configure both kernel and bootloader\nconsoles."},
		{"with others", []string{"console=ttyS0", "console=tty0", "bar"}, "Note: consider using \"--dest-console ttyS0 --dest-console tty0\" instead of\n\"--dest-karg-append console=ttyS0 --dest-karg-append console=tty0\" to configure\nboth kernel and bootloader consoles."},
		{"long", []string{"console=ttyS0,115200n8", "console=ttyS1,115200n8", "console=tty0"}, "Note: consider using\n\"--dest-console ttyS0,115200n8 --dest-console ttyS1,115200n8 --dest-console tty0\"\ninstead of\n\"--dest-karg-append console=ttyS0,115200n8 --dest-karg-append console=ttyS1,115200n8 --dest-karg-append console=tty0\"\nto configure both kernel and bootloader consoles."},
		{"unsupported among them", []string{"console=ttyS0", "console=foo"}, ""},
		{"empty among them", []string{"console=ttyS0", "console="}, ""},
		{"not at the beginning", []string{"console=ttyS0", " console=foo"}, "Note: consider using \"--dest-console ttyS0\" instead of\n\"--dest-karg-append console=ttyS0\" to configure both kernel and bootloader\nconsoles."},
		{"several in one", []string{"console=ttyS0 console=tty0"}, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			want := c.want
			if want != "" {
				want = "\n" + want + "\n"
			}
			require.Equal(t, want, kargs.ConsoleAdvice(c.args, "--dest-console", "--dest-karg-append"))
		})
	}
}
