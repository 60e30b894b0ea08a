package blackbox_test

import (
	"reflect"
	"strings"
	"testing"
)

const sample = `=== RUN   TestGood
=== RUN   TestGood/a_3.0.0
=== PAUSE TestGood/a_3.0.0
=== RUN   TestGood/b_3.0.0
=== PAUSE TestGood/b_3.0.0
=== RUN   TestGood/c_3.1.0
=== CONT  TestGood/a_3.0.0
    x.go:1: first of a
=== CONT  TestGood/b_3.0.0
    x.go:1: of b
            --- FAIL: quoted (0.00s)
=== NAME  TestGood/a_3.0.0
    x.go:2: second of a
--- FAIL: TestGood (1.00s)
    --- SKIP: TestGood/c_3.1.0 (0.00s)
    --- FAIL: TestGood/a_3.0.0 (0.50s)
        x.go:3: at the end
    --- PASS: TestGood/b_3.0.0 (0.50s)
FAIL
`

func TestOutcomes(t *testing.T) {
	got, err := outcomes(strings.NewReader(sample))
	if err != nil {
		t.Fatal(err)
	}
	want := []outcome{
		{"a_3.0.0", "FAIL", "    x.go:1: first of a\n    x.go:2: second of a\n        x.go:3: at the end\n"},
		{"b_3.0.0", "PASS", "    x.go:1: of b\n            --- FAIL: quoted (0.00s)\n"},
		{"c_3.1.0", "SKIP", ""},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
