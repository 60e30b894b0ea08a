package object_test

import (
	"fmt"
	"log"

	"github.com/nestos-dev/nestos/ostree/object"
)

// The objects of a commit with one file, from the leaves to the root: each names the next ones by checksum.
func Example() {
	file := object.ContentChecksum(&object.FileHeader{Mode: object.ModeRegular | 0o644}, []byte("hello\n"))
	tree := &object.DirTree{Files: []object.FileEntry{{Name: "greeting", Checksum: file}}}
	meta := &object.DirMeta{Mode: object.ModeDir | 0o755}
	metadata := &object.Dict{}
	metadata.Set(object.KeyVersion, object.NewString("1.0"))
	commit := &object.Commit{Subject: "first", Timestamp: 1700000000, Tree: tree.Checksum(), Meta: meta.Checksum(),
		Metadata: metadata.Value()}

	read, err := object.ParseCommit(commit.Marshal())
	if err != nil {
		log.Fatal(err)
	}
	version, _ := read.Metadata.LookupType(object.KeyVersion, "s")
	fmt.Println(read.Subject, version.Str())
	name := object.Name{Checksum: read.Checksum(), Type: object.TypeCommit}
	fmt.Println("objects/" + name.LoosePath(false))
	// Output:
	// first 1.0
	// objects/78/74c002a3d4434685f245a3251853707d0b8294618aaf67775d9e09d3cdde99.commit
}

// The name of a file is the same in every repository, whatever its mode.
func ExampleContentChecksum() {
	sum := object.ContentChecksum(&object.FileHeader{Mode: object.ModeRegular | 0o644}, []byte("hello\n"))
	fmt.Println(sum)
	// Output: 44f778e59f0a4748d6b0c90a47347212a231c4ad1e8f7ea5c5dffc7749153a6b
}

// Bytes that two readers could take for different things are refused.
func ExampleParseDirTree() {
	tree := &object.DirTree{Files: []object.FileEntry{{Name: "../passwd"}}}
	_, err := object.ParseDirTree(tree.Marshal())
	fmt.Println(err)
	_, err = object.ParseDirTree([]byte("garbage"))
	fmt.Println(err)
	// Output:
	// Invalid / in filename ../passwd
	// Not normal form
}
