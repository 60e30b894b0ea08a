package debrpm_test

import (
	"errors"
	"maps"
	"testing"

	"github.com/nestos-dev/nestos/internal/debrpm"
)

func TestParseControl(t *testing.T) {
	got, err := debrpm.ParseControl("\nPackage: demo\nDescription: short\n long \n .\n  indented\nDepends: a,\n b\n\nPackage: other\n")
	want := debrpm.Control{"package": "demo", "description": "short\nlong\n.\n indented", "depends": "a,\nb"}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("%q, %v instead of %q", got, err, want)
	}
	for _, text := range []string{" continued\n", "no colon\n", ": no name\n", "A: 1\na: 2\n"} {
		if got, err := debrpm.ParseControl(text); !errors.Is(err, debrpm.ErrFormat) {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}
