package installer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/installer/flavour"
	"github.com/nestos-dev/nestos/installer/osmet"
)

// openImage finds the image that the options name and opens it.
func (i *install) openImage(ctx context.Context) (*image, error) {
	c := &i.Config
	switch {
	case c.ImageFile != "":
		return i.openFile(c.ImageFile)
	case c.Offline:
		im, err := i.openOsmet()
		if err == nil && im == nil {
			err = errors.New("cannot perform offline install; metadata missing")
		}
		return im, err
	case c.ImageURL == "" && c.Stream == "":
		if im, err := i.openOsmet(); im != nil || err != nil {
			return im, err
		}
	}
	client := i.client(c.FetchRetries)
	i.cleanup(func() error { client.Close(); return nil })
	if c.ImageURL != "" {
		return i.openURL(ctx, c.ImageURL, client)
	}
	opens, err := i.openStream(ctx, client, &streamQuery{
		base: c.StreamBaseURL, name: c.Stream, arch: defaultArchitecture(c.Architecture), platform: "metal", format: i.format(),
	})
	if err != nil {
		return nil, err
	}
	return one(opens)
}

// format is the format of streams for the disk's sector size.
func (i *install) format() string {
	switch n := i.disk.SectorSize(); n {
	case 4096:
		return "4k.raw.xz"
	case 512:
	default:
		i.note(fmt.Sprintf("Found non-standard sector size %d for %s, assuming 512b-compatible", n, i.Config.DestDevice))
	}
	return "raw.xz"
}

// openOsmet opens the image that the live system carries; nil if it has none that fits.
func (i *install) openOsmet() (*image, error) {
	arch := defaultArchitecture(i.Config.Architecture)
	f := flavour.Detect(func(f *flavour.Flavour) bool {
		_, err := os.Stat(filepath.Join("/", i.Root, f.OsmetDir))
		return err == nil
	}, i.flavour())
	dir := filepath.Join("/", i.Root, f.OsmetDir)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	file, err := osmet.Find(dir, arch, i.disk.SectorSize())
	if err != nil || file == nil {
		return nil, err
	}
	i.note(fmt.Sprintf("Installing %s %s (%d-byte sectors)", file.Description, file.Architecture, file.SectorSize))
	body, err := file.Image(osmet.Repo(filepath.Join("/", i.Root, "sysroot/ostree/repo")))
	if err != nil {
		file.Close()
		return nil, err
	}
	return &image{
		body: &closing{body, func() { file.Close() }}, length: int64(file.Size), name: file.Description, artifact: "disk",
		trusted: true,
	}, nil
}
