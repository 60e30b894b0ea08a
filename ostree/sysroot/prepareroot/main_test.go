package prepareroot_test

import (
	"os"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// helperVariable, when it is set, makes the test program run as a helper in a
// namespace of its own instead of running tests.
const helperVariable = "PREPAREROOT_HELPER"

func TestMain(m *testing.M) {
	if job := os.Getenv(helperVariable); job == "vm" {
		vmMain()
	} else if job != "" {
		os.Exit(helperMain(job))
	}
	os.Exit(testutil.MainInMemory(m))
}
