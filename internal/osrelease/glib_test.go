package osrelease_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/nestos-dev/nestos/internal/osrelease"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// unquoteProgram prints what GLib makes of each text, null if it refuses it.
const unquoteProgram = `
import ctypes, json, sys
g = ctypes.CDLL("libglib-2.0.so.0")
g.g_shell_unquote.restype = ctypes.c_char_p
def unquote(s):
    r = g.g_shell_unquote(ctypes.c_char_p(s.encode()), None)
    return None if r is None else r.decode()
json.dump([unquote(s) for s in json.load(sys.stdin)], sys.stdout)
`

func TestUnquoteAgainstGLib(t *testing.T) {
	python := testutil.Tool(t, "python3")
	if testutil.Run(t, nil, python, "-c", `import ctypes; ctypes.CDLL("libglib-2.0.so.0")`).Exit != 0 {
		testutil.Missing(t, "python3 finds no GLib")
	}
	rng := rand.New(rand.NewPCG(testutil.Seed(t), 1))
	const alphabet = "ab '\"\\$`\n#é="
	letters := []rune(alphabet)
	texts := make([]string, 3000)
	for i := range texts {
		var s []rune
		for range rng.IntN(9) {
			s = append(s, letters[rng.IntN(len(letters))])
		}
		texts[i] = string(s)
	}
	in, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	res := testutil.Run(t, &testutil.RunOptions{Stdin: string(in), Must: true}, python, "-c", unquoteProgram)
	var want []*string
	if err := json.Unmarshal([]byte(res.Stdout), &want); err != nil {
		t.Fatal(err)
	}
	for i, text := range texts {
		got, err := osrelease.Unquote(text)
		switch {
		case (err == nil) != (want[i] != nil):
			t.Errorf("%q: got %q, %v; GLib refuses: %v", text, got, err, want[i] == nil)
		case err == nil && got != *want[i]:
			t.Errorf("%q: got %q, GLib %q", text, got, *want[i])
		}
	}
}
