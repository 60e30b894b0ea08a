//go:build unix

package etcmerge_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/ostree/sysroot/etcmerge"
)

// dirs makes a directory for each map of names to contents, and opens it.
func dirs(trees ...map[string]string) (handles []*os.File, done func()) {
	tmp, err := os.MkdirTemp("", "etcmerge")
	if err != nil {
		panic(err)
	}
	for i, files := range trees {
		dir := filepath.Join(tmp, fmt.Sprint(i))
		for name, text := range files {
			p := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
				panic(err)
			}
			if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
				panic(err)
			}
		}
		f, err := os.Open(dir)
		if err != nil {
			panic(err)
		}
		handles = append(handles, f)
	}
	return handles, func() { os.RemoveAll(tmp) }
}

func ExampleMerge() {
	d, done := dirs(
		map[string]string{"hosts": "default", "motd": "welcome"},             // usr/etc of the old deployment
		map[string]string{"hosts": "mine", "motd": "welcome"},                // its etc
		map[string]string{"hosts": "new", "motd": "hello", "profile": "new"}, // etc of the new one
	)
	defer done()
	res, err := etcmerge.Merge(context.Background(), d[0], d[1], d[2], nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Changes.Summary())
	for _, name := range []string{"hosts", "motd", "profile"} {
		text, _ := os.ReadFile(filepath.Join(d[2].Name(), name))
		fmt.Printf("%s: %s\n", name, text)
	}
	// Output:
	// Copying /etc changes: 1 modified, 0 removed, 0 added
	// hosts: mine
	// motd: hello
	// profile: new
}
