package osmet_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/installer/osmet"
	"github.com/nestos-dev/nestos/internal/xz"
)

func ExampleFile_Image() {
	// The repository has one object, and the image is "disk: " and the content of the object.
	repo, err := os.MkdirTemp("", "repo-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(repo)
	sum := sha256.Sum256([]byte("name of an object"))
	dir := filepath.Join(repo, "objects", fmt.Sprintf("%x", sum[:1]))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%x.file", sum[1:])), []byte("content"), 0o644); err != nil {
		log.Fatal(err)
	}
	packed, err := xz.Encode(nil, []byte("disk: "), nil)
	if err != nil {
		log.Fatal(err)
	}
	var buf bytes.Buffer
	err = osmet.Write(&buf, &osmet.Header{SectorSize: 512, Description: "NestOS 22.03", Architecture: "x86_64"}, &osmet.Layout{
		Partitions: []osmet.Partition{{Start: 6, End: 13, Mappings: []osmet.Mapping{
			{Extent: osmet.Extent{Logical: 0, Physical: 0, Length: 7}, Object: sum},
		}}},
		Checksum: sha256.Sum256([]byte("disk: content")), Size: 13,
	}, bytes.NewReader(packed))
	if err != nil {
		log.Fatal(err)
	}

	file, err := osmet.NewFile(bytes.NewReader(buf.Bytes()), int64(buf.Len()))
	if err != nil {
		log.Fatal(err)
	}
	image, err := file.Image(osmet.Repo(repo))
	if err != nil {
		log.Fatal(err)
	}
	defer image.Close()
	data, err := io.ReadAll(image)
	fmt.Printf("%s: %q %v\n", file.Description, data, err)
	// Output: NestOS 22.03: "disk: content" <nil>
}
