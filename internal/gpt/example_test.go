package gpt_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/internal/gpt"
)

func Example() {
	dir, err := os.MkdirTemp("", "gpt")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	f, err := os.Create(filepath.Join(dir, "disk.img"))
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	const size = 64 << 20
	if err := f.Truncate(size); err != nil {
		log.Fatal(err)
	}

	t, err := gpt.New(size, 512, nil)
	if err != nil {
		log.Fatal(err)
	}
	root := gpt.Entry{First: 2048, Last: t.LastUsable}
	if root.Type, err = gpt.ParseGUID("0FC63DAF-8483-4772-8E79-3D69D8477DE4"); err != nil {
		log.Fatal(err)
	}
	if root.GUID, err = gpt.NewGUID(nil); err != nil {
		log.Fatal(err)
	}
	if err := root.SetLabel("root"); err != nil {
		log.Fatal(err)
	}
	if err := t.Set(4, root); err != nil {
		log.Fatal(err)
	}
	if err := t.Write(f); err != nil {
		log.Fatal(err)
	}
	if _, err := f.WriteAt(gpt.ProtectiveMBR(size, 512), gpt.MBROffset); err != nil {
		log.Fatal(err)
	}

	found, err := gpt.Find(f, size)
	if err != nil {
		log.Fatal(err)
	}
	for n, e := range found.Used() {
		fmt.Println(n, e.Label(), e.Type, e.First, e.Last)
	}
	// Output: 4 root 0FC63DAF-8483-4772-8E79-3D69D8477DE4 2048 131038
}
