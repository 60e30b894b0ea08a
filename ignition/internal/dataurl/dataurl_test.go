package dataurl_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ignition/internal/dataurl"
)

func TestDecode(t *testing.T) {
	for _, c := range []struct{ in, want, err string }{
		{in: "data:,", want: ""},
		{in: "data:,a%20b%0A", want: "a b\n"},
		{in: "data:;base64,aGk=", want: "hi"},
		{in: "data:;base64,aG\nk=\n", want: "hi"},
		{in: "data:;base64,", want: ""},
		{in: "data:text/plain;charset=utf-8,x", want: "x"},
		{in: `data:text/plain;a="b;\",";c=%41;base64,eA==`, want: "x"},
		{in: "data:x-own/y,x", want: "x"},
		{in: "data:textual/y,x", want: "x"},
		{in: "data:,a/b?c=d&e@f:g,h;i", want: "a/b?c=d&e@f:g,h;i"},

		{in: "http:", err: "missing data prefix"},
		{in: "data:", err: "missing comma before data"},
		{in: "data:(", err: "invalid character after data prefix"},
		{in: "data:text", err: "missing media type slash"},
		{in: "data:x", err: "missing media type slash"},
		{in: "data:te xt/", err: "invalid character for media type"},
		{in: "data:a/b,", err: "invalid media type"},
		{in: "data:text/plain", err: "incomplete media type"},
		{in: "data:text/pl/", err: "invalid character for media subtype"},
		{in: "data:;", err: "unterminated parameter sequence"},
		{in: "data:;a", err: "unterminated parameter sequence"},
		{in: "data:;=,", err: "unterminated parameter sequence"},
		{in: "data:;(,", err: "invalid character for parameter attribute"},
		{in: "data:;a(,", err: "invalid character for parameter attribute"},
		{in: "data:;utf8,", err: "expected base64, got utf8"},
		{in: "data:;a=", err: "missing comma before data"},
		{in: "data:;a=(", err: "invalid character for parameter value"},
		{in: "data:;a=b(", err: "invalid character for parameter value"},
		{in: "data:;a=%4", err: "missing comma before data"},
		{in: "data:;a=%4,", err: "rfc2396: unexpected end of unescape sequence"},
		{in: "data:;a=%4x,", err: "rfc2396: invalid char 0x25 in unescape sequence"},
		{in: `data:;a="b`, err: "unclosed quoted string"},
		{in: `data:;a="\`, err: "unclosed quoted string"},
		{in: `data:;a="é",`, err: "invalid character for parameter value"},
		{in: `data:;a="\é",`, err: "invalid escaped character"},
		{in: `data:;a="b"`, err: "missing comma before data"},
		{in: `data:;a="b"x`, err: "expected semicolon or comma"},
		{in: `data:;a="\z",`, err: "invalid syntax"},
		{in: `data:;a="";b=\z,`, err: "invalid character for parameter value"},
		{in: "data:,a b", err: "invalid data character"},
		{in: "data:,é", err: "invalid data character"},
		{in: "data:,%", err: "rfc2396: unexpected end of unescape sequence"},
		{in: "data:,%4", err: "rfc2396: unexpected end of unescape sequence"},
		{in: "data:,%zz", err: "rfc2396: invalid char 0x25 in unescape sequence"},
		{in: "data:;base64,a!", err: "invalid data character"},
		{in: "data:;base64,abc", err: "illegal base64 data at input byte 0"},
		{in: "data:;base64,aaaabc", err: "illegal base64 data at input byte 4"},
		{in: "data:;base64,aa==aa==", err: "illegal base64 data at input byte 4"},
		{in: "data:;base64,a===", err: "illegal base64 data at input byte 1"},
	} {
		got, err := dataurl.Decode(c.in)
		check := dataurl.Check(c.in)
		if text(err) != c.err || string(got) != c.want {
			t.Errorf("Decode(%q) = %q, %q; want %q, %q", c.in, got, text(err), c.want, c.err)
		}
		if text(check) != c.err {
			t.Errorf("Check(%q) = %q, want %q", c.in, text(check), c.err)
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestCheckDoesNotAllocate(t *testing.T) {
	for _, url := range []string{
		"data:;base64," + strings.Repeat("QUJD\n", 10000),
		"data:," + strings.Repeat("a%20", 10000),
	} {
		if n := testing.AllocsPerRun(5, func() {
			if err := dataurl.Check(url); err != nil {
				t.Fatal(err)
			}
		}); n > 1 {
			t.Errorf("%v allocations for %.20q", n, url)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{"data:,a%20b", "data:text/plain;charset=utf-8;base64,aGk=", `data:;a="\"";b=%41,x`, "data:x-a/b,", "data:;base64,a\n==="} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b, err := dataurl.Decode(s)
		if check := dataurl.Check(s); text(check) != text(err) {
			t.Fatalf("Check says %q, Decode %q", text(check), text(err))
		}
		if err != nil {
			return
		}
		if b == nil || len(b) > len(s) {
			t.Fatalf("%d bytes from %d", len(b), len(s))
		}
		again, err := dataurl.Decode("data:," + dataurl.Escape(b))
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("escaped and decoded again: %q, %v; want %q", again, err, b)
		}
	})
}
