package disk_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/installer/internal/disk"
	"github.com/nestos-dev/nestos/internal/gpt"
)

// Example installs an image on a disk, here both in files, and keeps a partition.
func Example() {
	dir, err := os.MkdirTemp("", "disk")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	target, source := filepath.Join(dir, "disk"), filepath.Join(dir, "image")
	partitioned(target, 16<<20, "data", 8<<20)
	partitioned(source, 4<<20, "root", 1<<20)
	image, err := os.ReadFile(source)
	if err != nil {
		log.Fatal(err)
	}

	d, err := disk.Open(context.Background(), target, &disk.Options{File: true, Message: func(text string) { fmt.Println(text) }})
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()
	saved, err := disk.ReadSaved(d, func(_ int, name string) bool { return name == "data" }, false)
	if err != nil {
		log.Fatal(err)
	}
	first, rest := image[:disk.FirstSize], image[disk.FirstSize:]
	if err := saved.DryMerge(first); err != nil {
		log.Fatal(err)
	}
	if err := saved.Overwrite(d.File()); err != nil {
		log.Fatal(err)
	}
	if limit, _, _, ok := saved.Limit(); ok && int64(len(image)) > limit {
		log.Fatal(saved.Collision())
	}
	if _, err := d.File().WriteAt(rest, disk.FirstSize); err != nil {
		log.Fatal(err)
	}
	if err := d.File().Sync(); err != nil {
		log.Fatal(err)
	}
	if err := saved.Merge(first, d); err != nil {
		log.Fatal(err)
	}
	parts, err := d.Partitions()
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range parts {
		fmt.Println(p.Number, p.Name, p.Offset)
	}
	// Output:
	// Saving partition 1 ("data") to new partition 2
	// 1 root 1048576
	// 2 data 8388608
}

// partitioned makes a disk with one partition of 1 MiB.
func partitioned(path string, size int64, name string, offset uint64) {
	f, err := os.Create(path)
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(size); err != nil {
		log.Fatal(err)
	}
	t, err := gpt.New(size, 512, nil)
	if err != nil {
		log.Fatal(err)
	}
	e := gpt.Entry{Type: gpt.GUID{1}, First: offset / 512, Last: offset/512 + 2047}
	if e.GUID, err = gpt.NewGUID(nil); err != nil {
		log.Fatal(err)
	}
	if err := e.SetLabel(name); err != nil {
		log.Fatal(err)
	}
	if err := t.Set(1, e); err != nil {
		log.Fatal(err)
	}
	if err := t.Write(f); err != nil {
		log.Fatal(err)
	}
}
