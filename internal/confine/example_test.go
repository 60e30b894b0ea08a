//go:build unix

package confine_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/internal/confine"
)

// A system tree mounted somewhere: /etc is an absolute link that means the
// tree's /usr/etc, not the host's.
func ExampleOpenRoot() {
	dir, err := os.MkdirTemp("", "sysroot")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	root, err := confine.OpenRoot(dir)
	if err != nil {
		log.Fatal(err)
	}
	defer root.Close()

	_ = root.MkdirAll("/usr/etc", 0o755)
	_ = root.Symlink("/usr/etc", "/etc")
	_ = root.WriteFile("/etc/hostname", []byte("nest\n"), 0o644)

	data, err := os.ReadFile(filepath.Join(dir, "usr/etc/hostname"))
	fmt.Printf("%q %v\n", data, err)
	_, err = root.Stat("/../../etc/shadow")
	fmt.Println(err)
	// Output:
	// "nest\n" <nil>
	// stat /../../etc/shadow: no such file or directory
}
