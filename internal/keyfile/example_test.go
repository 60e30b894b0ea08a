package keyfile_test

import (
	"errors"
	"fmt"
	"log"

	"github.com/nestos-dev/nestos/internal/keyfile"
)

func Example() {
	file, err := keyfile.Parse([]byte("# mine\n[core]\nrepo_version=1\nmode=bare\n"))
	if err != nil {
		log.Fatal(err)
	}
	version, err := file.Int("core", "repo_version")
	fmt.Println(version, err)

	_, err = file.Bool("core", "fsync")
	fmt.Println(err)
	fmt.Println(errors.Is(err, keyfile.ErrKeyNotFound))

	if err := file.SetStrings(`remote "origin"`, "branches", []string{"os/stable", "a;b"}); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s", file.Bytes())
	// Output:
	// 1 <nil>
	// Key file does not have key “fsync” in group “core”
	// true
	// # mine
	// [core]
	// repo_version=1
	// mode=bare
	//
	// [remote "origin"]
	// branches=os/stable;a\;b;
}
