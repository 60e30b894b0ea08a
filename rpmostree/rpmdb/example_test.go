package rpmdb_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/nestos-dev/nestos/rpmostree/rpmdb"
)

// A database for a new tree is made of package files; nothing is unpacked.
func Example() {
	dir, err := os.MkdirTemp("", "rpmdb")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	var paths []string
	for _, s := range []*rpmtest.Spec{{Name: "kitchen"}, {Name: "knives", Version: "2.1"}} {
		data, err := rpmtest.Build(s)
		if err != nil {
			log.Fatal(err)
		}
		paths = append(paths, dir+"/"+s.FileName())
		if err := os.WriteFile(paths[len(paths)-1], data, 0o644); err != nil {
			log.Fatal(err)
		}
	}

	const now = 1_750_000_000
	records, err := rpmdb.InstallPackages(paths, rpm.InstallInfo{Time: now, TID: now})
	if err != nil {
		log.Fatal(err)
	}
	if err := rpmdb.Create(dir, records, nil); err != nil {
		log.Fatal(err)
	}

	db, err := rpmdb.Open(os.DirFS(dir))
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	for r, err := range db.Records(context.Background()) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(r.Num, r.Header.NEVRA())
	}
	// Output:
	// 1 kitchen-1-1.noarch
	// 2 knives-2.1-1.noarch
}

// One package is replaced: the new one gets a number that was never used.
func ExampleSet() {
	header := func(version string) *rpm.Header {
		b := &rpm.HeaderBuilder{}
		b.SetString(rpm.TagName, "kitchen")
		b.SetString(rpm.TagVersion, version)
		h, err := rpm.ParseBlob(b.Blob(rpm.TagHeaderImmutable))
		if err != nil {
			log.Fatal(err)
		}
		return h
	}
	var set rpmdb.Set
	old, err := set.Add(header("1"))
	if err != nil {
		log.Fatal(err)
	}
	before := rpmdb.Cookie(set.Records())
	set.Drop(old)
	num, err := set.Add(header("2"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(num, set.Len(), before != rpmdb.Cookie(set.Records()))
	image, err := set.Image()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(image.Size() % 4096)
	// Output:
	// 2 1 true
	// 0
}
