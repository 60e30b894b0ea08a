package filelock_test

import (
	"fmt"
	"os"

	"github.com/nestos-dev/nestos/internal/filelock"
)

// Whoever holds the lock excludes everybody else, in this process and in others.
func Example() {
	path, err := os.MkdirTemp("", "filelock")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(path)
	dir, err := os.Open(path)
	if err != nil {
		panic(err)
	}
	defer dir.Close()
	l, held, err := filelock.TryLock(dir, "lock")
	fmt.Println("first:", held, err)
	_, held, err = filelock.TryLock(dir, "lock")
	fmt.Println("second:", held, err)
	fmt.Println("unlocked:", l.Unlock())
	// Output:
	// first: true <nil>
	// second: false <nil>
	// unlocked: <nil>
}
