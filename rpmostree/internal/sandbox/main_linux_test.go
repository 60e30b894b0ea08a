package sandbox_test

import (
	"os"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/internal/sandbox"
)

func TestMain(m *testing.M) {
	if os.Getenv("SANDBOX_TEST_NO_MAIN") == "" {
		sandbox.Main()
	}
	if len(os.Args) > 2 && os.Args[1] == "hostile" {
		hostile(os.Args[2], os.Args[3:])
		return
	}
	os.Exit(testutil.MainInMemory(m))
}
