package powercut_test

import (
	"os"
	"testing"

	"github.com/nestos-dev/nestos/internal/powercut"
	"github.com/nestos-dev/nestos/internal/testutil"
)

func TestMain(m *testing.M) {
	exit, done := powercut.PrivateMounts()
	if !done {
		exit = testutil.MainInMemory(m)
	}
	os.Exit(exit)
}
