package delta_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/nestos-dev/nestos/ostree/delta"
	"github.com/nestos-dev/nestos/ostree/object"
)

// A delta's head tells what it leads to and which files belong to it.
func ExampleParseSuperblock() {
	b, err := os.ReadFile("testdata/worked/superblock")
	if err != nil {
		panic(err)
	}
	s, err := delta.ParseSuperblock(b)
	if err != nil {
		panic(err)
	}
	fmt.Println("to", s.Name.To)
	for i, p := range s.Parts {
		fmt.Printf("part %d: %d objects of %d bytes, in %d bytes\n", i, len(p.Objects), p.USize, p.Size)
	}
	// Output:
	// to f96234659e10cbefa412ec7e09c8f5ad112e6e1e1ce835a2adb160f8e55bb955
	// part 0: 3 objects of 150 bytes, in 305 bytes
}

// A part brings new files as copies of old ones with something else in between.
func ExamplePartWriter() {
	old, text := strings.Repeat("line\n", 1000), strings.Repeat("line\n", 500)+"new line\n"+strings.Repeat("line\n", 500)
	h := &object.FileHeader{Mode: object.ModeRegular | 0o644}
	from, to := object.ContentChecksum(h, []byte(old)), object.ContentChecksum(h, []byte(text))

	p := delta.NewPartWriter("")
	defer p.Close()
	pieces := []delta.Piece{{From: 0, To: 0, Len: 2500}, {From: 2500, To: 2509, Len: 2500}}
	if err := p.AddCopied(to, h, int64(len(text)), from, pieces, strings.NewReader(text)); err != nil {
		panic(err)
	}
	var file bytes.Buffer
	head, err := p.Encode(&file, nil)
	if err != nil {
		panic(err)
	}
	info, err := delta.InspectPart(head, &file, "")
	if err != nil {
		panic(err)
	}
	fmt.Printf("%d bytes of data make %d bytes\n", info.BlobSize, head.USize)
	fmt.Printf("%d writes\n", info.Ops.Write)
	// Output:
	// 41 bytes of data make 5009 bytes
	// 3 writes
}

func ExampleName() {
	n, err := delta.ParseName("6ac15c02d696dbb99e3400402bdc4fc083a2a44d36e60860fd76271c4bcb9458-f96234659e10cbefa412ec7e09c8f5ad112e6e1e1ce835a2adb160f8e55bb955")
	if err != nil {
		panic(err)
	}
	fmt.Println(n.SuperblockPath())
	fmt.Println(n.PartPath(0)[:20] + "…")
	fmt.Println(delta.IndexPath(n.To))
	// Output:
	// deltas/as/FcAtaW27meNABAK9xPwIOipE025ghg_XYnHEvLlFg-+WI0ZZ4Qy++kEux+Ccj1rREubh4c6DWirbFg+OVbuVU/superblock
	// deltas/as/FcAtaW27me…
	// delta-indexes/+W/I0ZZ4Qy++kEux+Ccj1rREubh4c6DWirbFg+OVbuVU.index
}
