package gvariant_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	. "github.com/nestos-dev/nestos/internal/gvariant"
)

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                     "0:expected value",
		"  ":                   "2:expected value",
		"1 2":                  "2:expected end of input",
		"[1, 'a']":             "1-2,4-7:unable to find a common type",
		"[]":                   "0-2:unable to infer type",
		"'abc":                 "0-4:unterminated string constant",
		"byte 256":             "5-8:number out of range for type 'y'",
		"1.5x":                 "3-4:invalid character in number",
		"bogus":                "0-5:unknown keyword",
		"@a{vs} {}":            "0-6:invalid type declaration",
		"@a* []":               "0-3:type declarations must be definite",
		"'\\u12'":              "3-5:invalid 4-character unicode escape",
		"'\\ud800'":            "3-7:invalid 4-character unicode escape",
		"'\\U00110000'":        "3-11:invalid 8-character unicode escape",
		"'\xff'":               "0-3:not a valid string",
		"{'a': 1, 'b': 'c'}":   "14-17:can not parse as value of type 'i'",
		"1\x00":                "1:expected end of input",
		strings.Repeat("[", 9): "9:expected value",
	} {
		_, err := Parse(text, "")
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestParseErrorPositions(t *testing.T) {
	_, err := Parse("[1, 'a']", "")
	var perr *ParseError
	if !errors.As(err, &perr) {
		t.Fatalf("%T", err)
	}
	if *perr != (ParseError{1, 2, 4, 7, "unable to find a common type"}) {
		t.Errorf("%+v", *perr)
	}
}

func TestSpecialDoubles(t *testing.T) {
	for text, want := range map[string]uint64{
		"nan": 0x7ff8 << 48, "-nan": 0xfff8 << 48, "inf": 0x7ff0 << 48, "-inf": 0xfff0 << 48,
		"-0.0": 1 << 63, "4.9406564584124654e-324": 1,
	} {
		v, err := Parse(text, "")
		if err != nil || v.Type() != "d" || v.Uint64() != 0 || math.Float64bits(v.Double()) != want {
			t.Errorf("%s: %x, %v", text, math.Float64bits(v.Double()), err)
		}
		if got := v.Text(true); got != text {
			t.Errorf("%s prints as %s", text, got)
		}
	}
}

func TestText(t *testing.T) {
	just := NewMaybe("i", nil)
	tests := []struct {
		v    Value
		want string
	}{
		{Value{}, ""},
		{NewByteString(""), "b''"},
		{NewByteString("it's"), `b"it's"`},
		{NewByteString("a\"\xff\n\a"), `b'a\"\377\n\007'`},
		{NewByteArray(nil), "@ay []"},
		{NewByteArray([]byte{1, 0, 2}), "[byte 0x01, 0x00, 0x02]"},
		{NewString("a'b\"\\\n\u00ad"), `"a'b\"\\\n\u00ad"`},
		{NewMaybe("mi", &just), "@mmi just nothing"},
		{NewTuple(NewUint32(5)), "(uint32 5,)"},
		{NewTuple(), "()"},
		{new(Dict).Value(), "@a{sv} {}"},
		{NewDouble(1e16), "10000000000000000.0"},
		{NewDouble(0.1), "0.10000000000000001"},
	}
	for _, tt := range tests {
		if got := tt.v.String(); got != tt.want {
			t.Errorf("%s, want %s", got, tt.want)
		}
	}
}
