//go:build unix

package atomicfile_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/internal/atomicfile"
)

func ExampleWriteFile() {
	dir, err := os.MkdirTemp("", "atomicfile")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "grub.cfg")
	if err := atomicfile.WriteFile(path, []byte("set timeout=1\n"), 0o644, nil); err != nil {
		log.Fatal(err)
	}
	info, err := os.Stat(path)
	fmt.Println(info.Mode(), info.Size(), err)
	// Output: -rw-r--r-- 14 <nil>
}

func ExampleCreate() {
	dir, err := os.MkdirTemp("", "atomicfile")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	f, err := atomicfile.Create(filepath.Join(dir, "summary"), 0o644, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer f.Abort()
	fmt.Fprintln(f, "first line")
	fmt.Fprintln(f, "second line")
	fmt.Println(f.Commit())
	// Output: <nil>
}
