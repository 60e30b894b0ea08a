//go:build unix

package fsfreeze_test

import (
	"fmt"
	"os"

	"github.com/nestos-dev/nestos/internal/fsfreeze"
)

func ExampleFlush() {
	boot, err := os.Open(os.TempDir())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer boot.Close()
	fmt.Println(fsfreeze.Flush(boot, nil))
	// Output: <nil>
}
