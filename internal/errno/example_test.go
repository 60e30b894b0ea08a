//go:build unix && !aix

package errno_test

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/nestos-dev/nestos/internal/errno"
)

func ExampleNew() {
	err := errno.New("opendir", "objects", syscall.ENOENT)
	fmt.Println(err)
	fmt.Println(errors.Is(err, fs.ErrNotExist))
	// Output:
	// opendir(objects): No such file or directory
	// true
}

func ExampleWrap() {
	fmt.Println(errno.Wrap("mkdirat", syscall.EEXIST))
	// Output: mkdirat: File exists
}

func ExampleText() {
	err := &fs.PathError{Op: "open", Path: "/x", Err: syscall.EACCES}
	fmt.Println(err)
	fmt.Println(errno.Text(err))
	// Output:
	// open /x: permission denied
	// Permission denied
}
