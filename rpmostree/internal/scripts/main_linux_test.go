package scripts_test

import (
	"os"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/internal/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(testutil.MainInMemory(m))
}
