package keyfile_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/nestos-dev/nestos/internal/keyfile"
)

func TestBool(t *testing.T) {
	for value, want := range map[string]bool{"true": true, "true  ": true, "1": true, "0\t": false, "false": false, " true": true} {
		got, err := parse(t, "[a]\nk="+value+"\n").Bool("a", "k")
		if err != nil || got != want {
			t.Errorf("%q: %v, %v", value, got, err)
		}
	}
	for _, value := range []string{"TRUE", "", "yes", "01", "true x"} {
		_, err := parse(t, "[a]\nk="+value+"\n").Bool("a", "k")
		wantValueError(t, err, "Key file contains key “k” which has a value that cannot be interpreted.",
			"Value “"+value+"” cannot be interpreted as a boolean.")
	}
}

func TestInt(t *testing.T) {
	for value, want := range map[string]int32{"5": 5, "5  ": 5, "-7": -7, "+1": 1, "01": 1, "5 x": 5} {
		got, err := parse(t, "[a]\nk="+value+"\n").Int("a", "k")
		if err != nil || got != want {
			t.Errorf("%q: %v, %v", value, got, err)
		}
	}
	for _, value := range []string{"0x10", "", "x", "3.5", "5x"} {
		_, err := parse(t, "[a]\nk="+value+"\n").Int("a", "k")
		wantValueError(t, err, "Key file contains key “k” in group “a” which has a value that cannot be interpreted.",
			"Value “"+value+"” cannot be interpreted as a number.")
	}
	_, err := parse(t, "[a]\nk=99999999999\n").Int("a", "k")
	wantValueError(t, err, "Key file contains key “k” in group “a” which has a value that cannot be interpreted.",
		"Integer value “99999999999” out of range")
}

func TestInt64(t *testing.T) {
	f := parse(t, "[a]\nn=-99999999999\nu=18446744073709551615\nbad=5 \nplus=+3\n")
	if n, err := f.Int64("a", "n"); n != -99999999999 || err != nil {
		t.Error(n, err)
	}
	if n, err := f.Uint64("a", "u"); n != 1<<64-1 || err != nil {
		t.Error(n, err)
	}
	if n, err := f.Uint64("a", "plus"); n != 3 || err != nil {
		t.Error(n, err)
	}
	_, err := f.Int64("a", "u")
	wantValueError(t, err, "Key “u” in group “a” has value “18446744073709551615” where int64 was expected", "")
	_, err = f.Uint64("a", "bad")
	wantValueError(t, err, "Key “bad” in group “a” has value “5 ” where uint64 was expected", "")
	_, err = f.Uint64("a", "n")
	wantValueError(t, err, "Key “n” in group “a” has value “-99999999999” where uint64 was expected", "")
}

func wantValueError(t *testing.T, err error, text, cause string) {
	t.Helper()
	var valueErr *keyfile.ValueError
	if !errors.As(err, &valueErr) {
		t.Errorf("error %v, want %q", err, text)
		return
	}
	if err.Error() != text {
		t.Errorf("got %q, want %q", err, text)
	}
	if cause != "" && fmt.Sprint(errors.Unwrap(err)) != cause {
		t.Errorf("cause %v, want %q", errors.Unwrap(err), cause)
	}
}

func TestStrings(t *testing.T) {
	cases := []struct{ value, want string }{
		{``, `[]`}, {`;`, `[""]`}, {`;;`, `["" ""]`}, {`x`, `["x"]`}, {`x;`, `["x"]`}, {`x;;y`, `["x" "" "y"]`},
		{`x\;y;`, `["x;y"]`}, {` x ; y ;`, `["x " " y "]`}, {`a\s\\;\n`, `["a \\" "\n"]`}, {`\\;b`, `["\\" "b"]`},
	}
	for _, c := range cases {
		got, err := parse(t, "[a]\nk="+c.value+"\n").Strings("a", "k")
		if err != nil || fmt.Sprintf("%q", got) != c.want {
			t.Errorf("%q: %q, %v, want %s", c.value, got, err, c.want)
		}
	}
	for _, value := range []string{`x\qy;z`, `x\`, "\xff"} {
		if _, err := parse(t, "[a]\nk="+value+"\n").Strings("a", "k"); err == nil {
			t.Errorf("%q is accepted", value)
		}
	}
}

func TestString(t *testing.T) {
	if got, err := parse(t, "[a]\nk= \\sx y\\n\\t\\r\\\\ \n").String("a", "k"); got != " x y\n\t\r\\ " || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	_, err := parse(t, "[a]\nk=x\\;y\n").String("a", "k")
	wantValueError(t, err, "Key file contains key “k” which has a value that cannot be interpreted.", `Key file contains invalid escape sequence “\;”`)
	_, err = parse(t, "[a]\nk=\xff\n").String("a", "k")
	wantValueError(t, err, "Key file contains key “k” with value “\ufffd” which is not UTF-8", "")
}

func TestSetters(t *testing.T) {
	f := keyfile.New()
	err := errors.Join(
		f.SetStrings("a", "l", []string{"x;y", "p q", " lead", "a\\b\n\t\r", ""}),
		f.SetString("a", "s", " x y;\n\t\r\\ "),
		f.SetString("a", "u", "\t \tx"),
		f.SetStrings("a", "none", nil),
		f.SetBool("a", "t", true),
		f.SetInt64("a", "i", -5),
		f.SetUint64("a", "j", 1<<64-1),
	)
	if err != nil {
		t.Fatal(err)
	}
	const want = "[a]\nl=x\\;y;p q;\\slead;a\\\\b\\n\t\\r;;\ns=\\sx y;\\n\t\\r\\\\ \nu=\\t\\s\\tx\nnone=\nt=true\ni=-5\nj=18446744073709551615\n"
	if got := string(f.Bytes()); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
