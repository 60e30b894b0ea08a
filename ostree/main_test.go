package ostree_test

import (
	"os"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
)

func TestMain(m *testing.M) { os.Exit(testutil.MainInMemory(m)) }
